package outbound

import "database/sql"
