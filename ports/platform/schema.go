package platform

import (
	"context"
	"time"
)

// Schema is a database whose migrations can be run. One process at a time runs
// them; others wait.
type Schema interface {
	// MigrateUp applies all missing migrations and returns them, in their order.
	MigrateUp(ctx context.Context) ([]Migration, error)
	// MigrateDown rolls back the newest applied migration, with the data that it
	// holds, and returns it. It fails if none is applied.
	MigrateDown(ctx context.Context) (Migration, error)
	// Migrations returns all migrations, in their order.
	Migrations(ctx context.Context) ([]Migration, error)
}

// Migration is one step of a schema.
type Migration struct {
	Version   int64
	Name      string    // of its file
	AppliedAt time.Time // zero while it is not applied
}
