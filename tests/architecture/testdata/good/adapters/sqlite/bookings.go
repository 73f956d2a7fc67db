package sqlite

import (
	"database/sql"

	"github.com/jmoiron/sqlx"
	"go.opentelemetry.io/otel/attribute"
	_ "modernc.org/sqlite"

	"example.com/sample/adapters/internal/rows"
	"example.com/sample/adapters/sqlite/statements"
	"example.com/sample/domain/booking"
	"example.com/sample/migrations"
	"example.com/sample/ports/outbound"
)
