package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/ports/platform"
)

// None of these connects before it is used: a process starts in whatever order
// its servers do.

func serveProduction(ctx context.Context, s Settings, t *telemetry.Telemetry, _ roles) (*service, func(), error) {
	return buildProduction(ctx, s, t, system.Clock{}, gatewayURL(s.PaymentsURL))
}

func openPostgres(s Settings) (*postgres.DB, func(), error) {
	db, err := postgres.Open(s.DatabaseURL, boxofficeevents.Codec())
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_DATABASE_URL: %w", err)
	}
	return db, func() { _ = db.Close() }, nil
}

func newPostgresOutbox(db *postgres.DB, t *telemetry.Telemetry) platform.Outbox {
	return t.WatchOutbox(db.Outbox())
}

func newPostgresStored(db *postgres.DB) stored { return stored(db.Committed()) }

func newPostgresLocks(db *postgres.DB) platform.Locker { return db.Locker() }

func openBroker(s Settings, report func(context.Context, error)) (*rabbitmq.Broker, error) {
	broker, err := rabbitmq.New(s.BrokerURL, "portico", boxofficeevents.Codec(), boxofficejobs.Subscriptions(), retryPolicy(s), report)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_BROKER_URL: %w", err)
	}
	return broker, nil
}

func openReportingBroker(s Settings, t *telemetry.Telemetry) (*rabbitmq.Broker, func(), error) {
	broker, err := openBroker(s, t.Report)
	if err != nil {
		return nil, nil, err
	}
	return broker, func() { _ = broker.Close() }, nil
}

func openRedis(s Settings) (*redis.Client, func(), error) {
	client, err := redis.Open(s.RedisURL)
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_REDIS_URL: %w", err)
	}
	return client, func() { _ = client.Close() }, nil
}

func newCachedSeatMaps(client *redis.Client, db *postgres.DB, t *telemetry.Telemetry) *redis.SeatMaps {
	return redis.NewSeatMaps(client, pgstores.SeatMaps(db), t.DoneWithout("seat_map_cache"))
}

func newForgettingPublisher(maps *redis.SeatMaps, broker *rabbitmq.Broker, t *telemetry.Telemetry) platform.Publisher {
	return t.CountPublished(maps.ForgetOn(broker))
}

func openS3(ctx context.Context, s Settings) (*blob.Objects, func(), error) {
	objects, err := blob.OpenS3(ctx, s.ObjectsURL)
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_OBJECTS_URL: %w", err)
	}
	return objects, func() { _ = objects.Close() }, nil
}

func newSMTP(s Settings) (*mail.SMTP, error) {
	smtp, err := mail.NewSMTP(mail.SMTPConfig{URL: s.SMTPURL, From: s.MailFrom, AllowPlain: s.insecure("PORTICO_SMTP_URL")})
	if err != nil {
		return nil, fmt.Errorf("PORTICO_SMTP_URL: %w", err)
	}
	return smtp, nil
}

func newProvider(s Settings, clock platform.Clock) (*oidc.Provider, error) {
	provider, err := oidc.NewProvider(trustIn(s.Issuer, s), clock)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_OIDC_ISSUER: %w", err)
	}
	return provider, nil
}

// newProductionNeeds leaves out what the service can do without for a while:
// Redis, S3, mail and payments. The API does without the broker too.
func newProductionNeeds(db *postgres.DB, broker *rabbitmq.Broker, provider *oidc.Provider) needs {
	return needs{
		api:    checks{"database": db.Ready, "identity provider": provider.Ping},
		worker: checks{"database": db.Ready, "broker": declaredThenThere(broker)},
	}
}

// declaredThenThere declares once what the broker is to have, so that the relay
// finds the queues.
func declaredThenThere(broker *rabbitmq.Broker) telemetry.Check {
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

func noDemo() *demo { return nil }

func productionSchema(_ context.Context, s Settings) (platform.Schema, func() error, error) {
	db, err := postgres.Open(s.DatabaseURL, boxofficeevents.Codec())
	if err != nil {
		return nil, nil, fmt.Errorf("PORTICO_DATABASE_URL: %w", err)
	}
	return db, db.Close, nil
}

func productionDeadLetters(ctx context.Context, s Settings) (platform.DeadLetters, func() error, error) {
	broker, err := openBroker(s, func(context.Context, error) {})
	if err != nil {
		return nil, nil, err
	}
	if err := broker.Declare(ctx); err != nil {
		return nil, nil, errors.Join(err, broker.Close())
	}
	return broker, broker.Close, nil
}

func noIssuer(s Settings) (*oidc.Issuer, error) {
	return nil, fmt.Errorf("there are no development tokens in the profile production: ask %s for one", s.Issuer)
}
