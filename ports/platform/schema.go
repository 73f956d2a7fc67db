package platform

import (
	"context"
	"time"
)

// Schema runs the migrations of a database. One process at a time runs them; others wait.
type Schema interface {
	// MigrateUp applies all pending migrations in order, and returns them.
	MigrateUp(ctx context.Context) ([]Migration, error)
	// MigrateDown rolls back the newest applied migration and returns it. The data in the
	// migration's tables and columns is lost. MigrateDown fails if no migration is
	// applied.
	MigrateDown(ctx context.Context) (Migration, error)
	// Migrations returns all migrations in order.
	Migrations(ctx context.Context) ([]Migration, error)
}

// Migration is a numbered change to a schema.
type Migration struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero if not applied
}
