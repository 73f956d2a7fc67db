package telemetry

import "github.com/jmoiron/sqlx"
