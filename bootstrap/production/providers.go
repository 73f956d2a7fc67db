package production

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/google/wire"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/mail/ticketmail"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/redis/seatmaps"
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
	openDatabase,
	pgstores.New,
	pgstores.UnitOfWork,
	newOutbox,
	newCommitted,
	newLocker,
	newNeeds,
	openReportingBroker,
	newPublisher,
	wire.Bind(new(platform.Subscriber), new(*rabbitmq.Broker)),
	openRedis,
	newSeatMaps,
	wire.Bind(new(outbound.SeatMaps), new(*seatmaps.Cache)),
	redis.NewRateLimiter,
	wire.Bind(new(platform.RateLimiter), new(*redis.RateLimiter)),
	openS3,
	wire.Bind(new(platform.Objects), new(*blob.Objects)),
	newNotifier,
	wire.Bind(new(outbound.Notifier), new(*ticketmail.Notifier)),
	newProvider,
	wire.Bind(new(platform.Tokens), new(*oidc.Provider)),
	newGateway,
	wire.Struct(new(boxoffice.Parts), "*"),
	newService,
)

func openPostgres(c config.Config) (*postgres.DB, error) {
	db, err := postgres.Open(c.DatabaseURL, boxofficeevents.Codec())
	if err != nil {
		return nil, fmt.Errorf("PORTICO_DATABASE_URL: %w", err)
	}
	return db, nil
}

func openDatabase(c config.Config) (*postgres.DB, func(), error) {
	db, err := openPostgres(c)
	if err != nil {
		return nil, nil, err
	}
	return db, func() { _ = db.Close() }, nil
}

func newOutbox(db *postgres.DB) platform.Outbox    { return db.Outbox() }
func newCommitted(db *postgres.DB) <-chan struct{} { return db.Committed() }
func newLocker(db *postgres.DB) platform.Locker    { return db.Locker() }

// newNeeds omits Redis, S3, mail and payments, because the service continues while they
// are unavailable. The API does not need the broker.
func newNeeds(db *postgres.DB, broker *rabbitmq.Broker, provider *oidc.Provider) bootstrap.Needs {
	return bootstrap.Needs{
		API:    bootstrap.Checks{"database": db.Ready, "identity provider": provider.Ping},
		Worker: bootstrap.Checks{"database": db.Ready, "broker": declareOnce(broker)},
	}
}

// declareOnce returns a check that declares the queues, because the relay needs them.
// After the first success, the check only pings the broker.
func declareOnce(broker *rabbitmq.Broker) telemetry.Check {
	var declared atomic.Bool
	return func(ctx context.Context) error {
		if declared.Load() {
			return broker.Ping(ctx)
		}
		err := broker.Declare(ctx)
		declared.Store(err == nil)
		return err
	}
}

func openBroker(c config.Config, report func(context.Context, error)) (*rabbitmq.Broker, error) {
	broker, err := rabbitmq.New(c.BrokerURL, "portico", boxofficeevents.Codec(), boxofficejobs.Subscriptions(), boxoffice.RetryPolicy(c), report)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_BROKER_URL: %w", err)
	}
	return broker, nil
}

func openReportingBroker(c config.Config, t *telemetry.Telemetry) (*rabbitmq.Broker, func(), error) {
	broker, err := openBroker(c, t.Report)
	if err != nil {
		return nil, nil, err
	}
	return broker, func() { _ = broker.Close() }, nil
}

func newPublisher(maps *seatmaps.Cache, broker *rabbitmq.Broker) platform.Publisher {
	return maps.InvalidateOnPublish(broker)
}

func openRedis(c config.Config) (*redis.Client, func(), error) {
	client, err := redis.Open(c.RedisURL, redis.OperationTimeout)
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_REDIS_URL: %w", err)
	}
	return client, func() { _ = client.Close() }, nil
}

func newSeatMaps(client *redis.Client, db *postgres.DB, t *telemetry.Telemetry) *seatmaps.Cache {
	return seatmaps.New(client, pgstores.SeatMaps(db), t.ReportDegraded("seat_map_cache"))
}

func openS3(ctx context.Context, c config.Config) (*blob.Objects, func(), error) {
	objects, err := blob.OpenS3(ctx, c.ObjectsURL)
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_OBJECTS_URL: %w", err)
	}
	return objects, func() { _ = objects.Close() }, nil
}

func newNotifier(c config.Config) (*ticketmail.Notifier, error) {
	smtp, err := mail.NewSMTP(mail.SMTPConfig{URL: c.SMTPURL, AllowPlain: c.Insecure("PORTICO_SMTP_URL")})
	if err != nil {
		return nil, fmt.Errorf("PORTICO_SMTP_URL: %w", err)
	}
	notifier, err := ticketmail.New(smtp, c.MailFrom)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_MAIL_FROM: %w", err)
	}
	return notifier, nil
}

func newProvider(c config.Config, clock platform.Clock) (*oidc.Provider, error) {
	provider, err := oidc.NewProvider(boxoffice.Trust(c.Issuer, c), clock)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_OIDC_ISSUER: %w", err)
	}
	return provider, nil
}

func newGateway(c config.Config) boxoffice.GatewayURL { return boxoffice.GatewayURL(c.PaymentsURL) }

func newService(p boxoffice.Parts, c config.Config, t *telemetry.Telemetry) (*bootstrap.Service, error) {
	_, svc, err := boxoffice.New(p, c, t)
	return svc, err
}
