package postgres

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrate calls the function work with a provider that changes the schema under an
// advisory lock. The provider's connections have no time limits, because changing a large
// table can take a long time.
func (db *DB) migrate(ctx context.Context, work func(*goose.Provider) error) error {
	scripts, err := fs.Sub(db.Scripts, "postgres")
	if err != nil {
		return err
	}
	// The locker tries once a second, for five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	unlimited := db.config.Clone()
	for _, limit := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		unlimited.Runtime[limit] = "0"
	}
	connections, err := connect(unlimited)
	if err != nil {
		return err
	}
	defer connections.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, connections.DB, scripts, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	if err := work(provider); err != nil {
		return fmt.Errorf("migrate database: %w", mapError(ctx, err))
	}
	return nil
}
