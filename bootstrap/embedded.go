package bootstrap

import (
	"context"
	"path/filepath"
	"slices"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/ports/platform"
)

func serveEmbedded(ctx context.Context, s Settings, t *telemetry.Telemetry, r roles) (_ *service, _ func(), err error) {
	if err := makeDataDir(s); err != nil {
		return nil, nil, err
	}
	var cleanups []func()
	cleanup := func() {
		for _, do := range slices.Backward(cleanups) {
			do()
		}
	}
	defer func() {
		if err != nil {
			cleanup()
		}
	}()
	if r.worker {
		release, err := lockFile(filepath.Join(s.DataDir, "worker.lock"))
		if err != nil {
			return nil, nil, err
		}
		cleanups = append(cleanups, release)
	}
	gateway := gatewayURL(s.PaymentsURL)
	switch {
	case gateway != "":
	case r.worker:
		simulated, stop, err := startSimulator(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		cleanups = append(cleanups, stop)
		gateway = simulated
	default:
		gateway = noGateway
	}
	svc, release, err := buildEmbedded(ctx, s, t, system.Clock{}, gateway)
	if err != nil {
		return nil, nil, err
	}
	cleanups = append(cleanups, release)
	return svc, cleanup, nil
}

// noGateway is for a process that charges nobody: the API alone.
const noGateway gatewayURL = "http://nobody.invalid"

// openDatabase opens the data folder's database as it is.
func openDatabase(ctx context.Context, s Settings) (*sqlite.DB, error) {
	return sqlite.Open(ctx, filepath.Join(s.DataDir, "portico.db"), boxofficeevents.Codec())
}

// migratedDatabase opens the database and brings its schema up: nobody runs
// migrations by hand for a file of their own.
func migratedDatabase(ctx context.Context, s Settings) (*sqlite.DB, func(), error) {
	db, err := openDatabase(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	closeIt := func() { _ = db.Close() }
	if _, err := db.MigrateUp(ctx); err != nil {
		closeIt()
		return nil, nil, err
	}
	return db, closeIt, nil
}

func newOutbox(db *sqlite.DB, t *telemetry.Telemetry) platform.Outbox {
	return t.WatchOutbox(db.Outbox())
}

func newStored(db *sqlite.DB) stored { return stored(db.Committed()) }

func newBroker(db *sqlite.DB, s Settings, report func(context.Context, error)) *sqlite.Broker {
	return sqlite.NewBroker(db, boxofficejobs.Subscriptions(), retryPolicy(s), report)
}

func newReportingBroker(db *sqlite.DB, s Settings, t *telemetry.Telemetry) *sqlite.Broker {
	return newBroker(db, s, t.Report)
}

func newPublisher(broker *sqlite.Broker, t *telemetry.Telemetry) platform.Publisher {
	return t.CountPublished(broker)
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

func openIssuer(s Settings, clock platform.Clock) (*oidc.Issuer, error) {
	return oidc.OpenIssuer(filepath.Join(s.DataDir, "issuer.pem"), trustIn("portico", s), clock)
}

// newLocks are those of one process: the lock on the data folder sees to it
// that there is no other.
func newLocks() platform.Locker { return memory.NewLocker() }

func newLimiter(clock platform.Clock) platform.RateLimiter { return memory.NewRateLimiter(clock) }

func newNeeds(db *sqlite.DB) needs {
	file := checks{"database": db.Ping}
	return needs{api: file, worker: file}
}

func embeddedSchema(ctx context.Context, s Settings) (platform.Schema, func() error, error) {
	if err := makeDataDir(s); err != nil {
		return nil, nil, err
	}
	db, err := openDatabase(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return db, db.Close, nil
}

func embeddedDeadLetters(ctx context.Context, s Settings) (platform.DeadLetters, func() error, error) {
	if err := makeDataDir(s); err != nil {
		return nil, nil, err
	}
	db, cleanup, err := migratedDatabase(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	return newBroker(db, s, nil), func() error { cleanup(); return nil }, nil
}

func developmentIssuer(s Settings) (*oidc.Issuer, error) {
	if err := makeDataDir(s); err != nil {
		return nil, err
	}
	return openIssuer(s, system.Clock{})
}
