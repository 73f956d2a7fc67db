package embedded

import (
	"context"
	"path/filepath"

	"github.com/google/wire"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/inprocess"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/mail/ticketmail"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/boxoffice"
	"example.com/portico/bootstrap/config"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// adapters are the providers of the profile's ports.
var adapters = wire.NewSet( //nolint:unused // wire.go uses it, which has a build tag
	openMigrated,
	sqlitestores.New,
	sqlitestores.UnitOfWork,
	sqlitestores.SeatMaps,
	newOutbox,
	newCommitted,
	newNeeds,
	newReportingBroker,
	wire.Bind(new(platform.Publisher), new(*sqlite.Broker)),
	wire.Bind(new(platform.Subscriber), new(*sqlite.Broker)),
	openObjects,
	wire.Bind(new(platform.Objects), new(*blob.Objects)),
	openNotifier,
	wire.Bind(new(outbound.Notifier), new(*ticketmail.Notifier)),
	openIssuer,
	wire.Bind(new(platform.Tokens), new(*oidc.Issuer)),
	newLimiter,
	newLocker,
	wire.Struct(new(boxoffice.Parts), "*"),
	newService,
)

func openDatabase(ctx context.Context, c config.Config) (*sqlite.DB, error) {
	return sqlite.Open(ctx, filepath.Join(c.DataDir, "portico.db"), boxofficeevents.Codec())
}

// openMigrated opens the database and migrates it, so that operators need no separate
// step.
func openMigrated(ctx context.Context, c config.Config) (*sqlite.DB, func(), error) {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	cleanup := func() { _ = db.Close() }
	if _, err := db.MigrateUp(ctx); err != nil {
		cleanup()
		return nil, nil, err
	}
	return db, cleanup, nil
}

func newOutbox(db *sqlite.DB) platform.Outbox    { return db.Outbox() }
func newCommitted(db *sqlite.DB) <-chan struct{} { return db.Committed() }

func newNeeds(db *sqlite.DB) bootstrap.Needs {
	database := bootstrap.Checks{"database": db.Ping}
	return bootstrap.Needs{API: database, Worker: database}
}

func newBroker(db *sqlite.DB, c config.Config, report func(context.Context, error)) *sqlite.Broker {
	return sqlite.NewBroker(db, boxofficejobs.Subscriptions(), boxoffice.RetryPolicy(c), report)
}

func newReportingBroker(db *sqlite.DB, c config.Config, t *telemetry.Telemetry) *sqlite.Broker {
	return newBroker(db, c, t.Report)
}

func openObjects(c config.Config) (*blob.Objects, func(), error) {
	objects, err := blob.OpenFiles(filepath.Join(c.DataDir, "objects"))
	if err != nil {
		return nil, nil, err
	}
	return objects, func() { _ = objects.Close() }, nil
}

func openNotifier(c config.Config) (*ticketmail.Notifier, error) {
	folder, err := mail.OpenFolder(filepath.Join(c.DataDir, "mail"))
	if err != nil {
		return nil, err
	}
	return ticketmail.New(folder, "Portico Box Office <tickets@portico.example.com>")
}

func openIssuer(c config.Config, clock platform.Clock) (*oidc.Issuer, error) {
	return oidc.OpenIssuer(filepath.Join(c.DataDir, "issuer.pem"), boxoffice.Trust("portico", c), clock)
}

func newLimiter(clock platform.Clock) platform.RateLimiter { return inprocess.NewRateLimiter(clock) }

// newLocker returns locks for one process, because the lock on the data folder excludes
// other workers.
func newLocker() platform.Locker { return &inprocess.Locker{} }

func newService(p boxoffice.Parts, c config.Config, t *telemetry.Telemetry, issuer *oidc.Issuer, tokens printTokens) (*bootstrap.Service, error) {
	useCases, svc, err := boxoffice.New(p, c, t)
	if err != nil {
		return nil, err
	}
	svc.Introduce = (&demo{useCases: useCases, issuer: issuer, clock: p.Clock, tokens: tokens}).introduce
	return svc, nil
}
