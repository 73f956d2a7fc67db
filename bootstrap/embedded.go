package bootstrap

import (
	"context"
	"path/filepath"
	"time"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/jobs"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/ports/outbound"
)

// openDatabase opens the data folder's database as it is.
func openDatabase(ctx context.Context, s Settings) (*sqlite.DB, error) {
	return sqlite.Open(ctx, filepath.Join(s.DataDir, "portico.db"))
}

// migratedDatabase opens the database and brings its schema up: nobody runs
// migrations by hand for a file of their own.
func migratedDatabase(ctx context.Context, s Settings) (*sqlite.DB, func(), error) {
	db, err := openDatabase(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	closeIt := func() { _ = db.Close() }
	if err := db.MigrateUp(ctx); err != nil {
		closeIt()
		return nil, nil, err
	}
	return db, closeIt, nil
}

func newStores(db *sqlite.DB) outbound.Stores { return db.Stores() }

func newOutbox(db *sqlite.DB) outbound.Outbox { return db.Outbox() }

func newSeatMaps(db *sqlite.DB) outbound.SeatMaps { return db.SeatMaps() }

func newStored(db *sqlite.DB) stored { return stored(db.Stored()) }

// newBroker waits half a second after the first attempt and twice as long after
// each that follows. Ten attempts take about four minutes: a gateway or a mail
// server may be away for that long before somebody has to look.
func newBroker(db *sqlite.DB, s Settings, report func(context.Context, error)) *sqlite.Broker {
	policy := outbound.RetryPolicy{Attempts: s.EventAttempts, FirstDelay: 500 * time.Millisecond, MaxDelay: time.Minute}
	return sqlite.NewBroker(db, jobs.Subscriptions(), policy, report)
}

func newReportingBroker(db *sqlite.DB, s Settings, t *telemetry.Telemetry) *sqlite.Broker {
	return newBroker(db, s, t.Report)
}

func openObjects(s Settings) (*blob.Objects, func(), error) {
	objects, err := blob.OpenFiles(filepath.Join(s.DataDir, "objects"))
	if err != nil {
		return nil, nil, err
	}
	return objects, func() { _ = objects.Close() }, nil
}

func openMailbox(s Settings) (*mail.Folder, error) {
	return mail.OpenFolder(filepath.Join(s.DataDir, "mail"), "Portico Box Office <tickets@portico.example.com>")
}

func openIssuer(s Settings, clock outbound.Clock) (*oidc.Issuer, error) {
	return oidc.OpenIssuer(filepath.Join(s.DataDir, "issuer.pem"), oidc.Trust{
		Issuer: "portico", Audience: s.Audience, RolesClaim: s.RolesClaim, OrganisationClaim: s.OrgClaim,
	}, clock)
}

// newLocks are those of one process: the lock on the data folder sees to it
// that there is no other.
func newLocks() outbound.Locks { return memory.NewLocks() }

func newLimiter(clock outbound.Clock) outbound.RateLimiter { return memory.NewRateLimiter(clock) }

func newChecks(db *sqlite.DB) checks {
	return checks{"database": db.Ping}
}
