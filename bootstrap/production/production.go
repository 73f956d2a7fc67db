// Package production is the profile for any number of processes that share servers:
// Postgres, RabbitMQ, Redis, S3, OpenID Connect and SMTP.
//
// Adapters connect on first use, so that a process can start before its servers.
package production

import (
	"context"
	"errors"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/boxoffice"
	"example.com/portico/bootstrap/config"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// Build returns a [bootstrap.Build] for the given settings.
func Build(c config.Config) bootstrap.Build {
	return func(ctx context.Context, t *telemetry.Telemetry) (*bootstrap.Service, func(), error) {
		return initialize(ctx, c, t, system.Clock{})
	}
}

// Schema opens the database for migrations.
func Schema(_ context.Context, c config.Config) (*postgres.DB, error) { return openPostgres(c) }

// DeadLetters opens the broker's dead letters for an operator.
func DeadLetters(ctx context.Context, c config.Config) (platform.DeadLetters, func() error, error) {
	broker, err := openBroker(c, func(context.Context, error) {})
	if err != nil {
		return nil, nil, err
	}
	if err := broker.Declare(ctx); err != nil {
		return nil, nil, errors.Join(err, broker.Close())
	}
	return broker, broker.Close, nil
}

// Operators opens the use cases of operators, and the audit log.
func Operators(_ context.Context, c config.Config) (inbound.OperatorUseCases, platform.AuditLog, func() error, error) {
	db, err := openPostgres(c)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, nil, err
	}
	stores := pgstores.New(db)
	useCases, err := boxoffice.NewForOperators(stores, pgstores.UnitOfWork(db), newGateway(c), c)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, nil, errors.Join(err, db.Close())
	}
	return useCases, stores.Audit, db.Close, nil
}

// UnverifiedHosts returns the hosts to which a database URL may connect without TLS that
// verifies the server.
func UnverifiedHosts(databaseURL string) []string { return postgres.UnverifiedHosts(databaseURL) }
