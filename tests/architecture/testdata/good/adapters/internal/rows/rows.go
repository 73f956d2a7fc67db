package rows

import "github.com/jmoiron/sqlx"

type Querier = sqlx.Queryer
