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
	"example.com/portico/bootstrap/cli"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// Profile is the box office in the production profile.
type Profile struct{ Config config.Config }

func (p Profile) Shared() settings.Settings { return p.Config.Settings }
func (p Profile) Lines() []string           { return p.Config.Lines() }

// Build returns a [bootstrap.Build]. The processes differ only in the parts that they run.
func (p Profile) Build(bootstrap.Components, bool) bootstrap.Build {
	return func(ctx context.Context, t *telemetry.Telemetry) (*bootstrap.Service, func(), error) {
		return initialize(ctx, p.Config, t, system.Clock{})
	}
}

// OpenSchema opens the database for migrations.
func (p Profile) OpenSchema(context.Context) (cli.Schema, error) { return openPostgres(p.Config) }

// OpenDeadLetters opens the broker's dead letters for an operator.
func (p Profile) OpenDeadLetters(ctx context.Context) (platform.DeadLetters, func() error, error) {
	broker, err := openBroker(p.Config, func(context.Context, error) {})
	if err != nil {
		return nil, nil, err
	}
	if err := broker.Declare(ctx); err != nil {
		return nil, nil, errors.Join(err, broker.Close())
	}
	return broker, broker.Close, nil
}

// OpenAuditLog opens the record of what operators did.
func (p Profile) OpenAuditLog(context.Context) (platform.AuditLog, func() error, error) {
	db, err := openPostgres(p.Config)
	if err != nil {
		return nil, nil, err
	}
	return pgstores.New(db).Audit, db.Close, nil
}

// OpenOperators opens the use cases of operators.
func (p Profile) OpenOperators(context.Context) (inbound.OperatorUseCases, func() error, error) {
	db, err := openPostgres(p.Config)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, err
	}
	useCases, err := boxoffice.NewForOperators(pgstores.New(db), pgstores.UnitOfWork(db), newGateway(p.Config), p.Config)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, errors.Join(err, db.Close())
	}
	return useCases, db.Close, nil
}

// UnverifiedHosts returns the hosts to which a database URL may connect without TLS that
// verifies the server.
func UnverifiedHosts(databaseURL string) []string { return postgres.UnverifiedHosts(databaseURL) }
