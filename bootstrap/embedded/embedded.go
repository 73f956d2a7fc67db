// Package embedded is the profile that needs no other program. It keeps its data in a
// SQLite file and folders, and does everything else in the process.
package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/boxoffice"
	"example.com/portico/bootstrap/cli"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/paysim"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// Profile is the box office in the embedded profile.
type Profile struct{ Config config.Config }

func (p Profile) Shared() settings.Settings { return p.Config.Settings }
func (p Profile) Lines() []string           { return p.Config.Lines() }

// Build returns a [bootstrap.Build] for the given components. A process with all of them
// prints commands to try. The parameter terminal reports whether the output is a terminal.
func (p Profile) Build(components bootstrap.Components, terminal bool) bootstrap.Build {
	c := p.Config
	return func(ctx context.Context, t *telemetry.Telemetry) (_ *bootstrap.Service, _ func(), err error) {
		if err := makeDataDir(c); err != nil {
			return nil, nil, err
		}
		warnIfExposed(ctx, c, components, t)
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
		gateway := boxoffice.GatewayURL(c.PaymentsURL)
		if components.Worker {
			unlock, err := lockFile(workerLock(c))
			if err != nil {
				return nil, nil, err
			}
			cleanups = append(cleanups, unlock)
		}
		switch {
		case gateway != "":
		case components.Worker:
			simulator, err := paysim.Listen(ctx, "127.0.0.1:0", filepath.Join(c.DataDir, "paysim.jsonl"), "", c.SigningKey)
			if err != nil {
				return nil, nil, err
			}
			cleanups = append(cleanups, bootstrap.Background(simulator.Serve))
			gateway = boxoffice.GatewayURL(simulator.URL())
			if err := os.WriteFile(simulatorURLFile(c), []byte(gateway), 0o600); err != nil {
				return nil, nil, err
			}
			cleanups = append(cleanups, func() { _ = os.Remove(simulatorURLFile(c)) })
		default:
			gateway = disabledGateway
		}
		svc, release, err := initialize(ctx, c, t, system.Clock{}, gateway, printTokens(terminal && settings.IsLoopback(c.HTTPAddr)))
		if err != nil {
			return nil, nil, err
		}
		cleanups = append(cleanups, release)
		if !components.API || !components.Worker {
			svc.Introduce = nil
		}
		return svc, cleanup, nil
	}
}

// warnIfExposed logs a warning for each address at which other machines can reach the
// process, because the profile has neither TLS nor an identity provider.
func warnIfExposed(ctx context.Context, c config.Config, components bootstrap.Components, t *telemetry.Telemetry) {
	warn := func(setting, addr string) {
		if !settings.IsLoopback(addr) {
			t.Warn(ctx, "the embedded profile listens on an address that is not loopback", map[string]any{"setting": setting, "address": addr})
		}
	}
	if components.API {
		warn("PORTICO_HTTP_ADDR", c.HTTPAddr)
	}
	warn("PORTICO_OPS_ADDR", c.OpsAddr)
}

// disabledGateway never answers. It is the gateway of an API process, which never charges.
const disabledGateway boxoffice.GatewayURL = "http://disabled.invalid"

// OpenSchema opens the database for migrations.
func (p Profile) OpenSchema(ctx context.Context) (cli.Schema, error) {
	if err := makeDataDir(p.Config); err != nil {
		return nil, err
	}
	return openDatabase(ctx, p.Config)
}

// OpenDeadLetters opens the broker's dead letters for an operator.
func (p Profile) OpenDeadLetters(ctx context.Context) (platform.DeadLetters, func() error, error) {
	db, err := p.openForOperator(ctx)
	if err != nil {
		return nil, nil, err
	}
	return newBroker(db, p.Config, nil), db.Close, nil
}

// OpenAuditLog opens the record of what operators did.
func (p Profile) OpenAuditLog(ctx context.Context) (platform.AuditLog, func() error, error) {
	db, err := p.openForOperator(ctx)
	if err != nil {
		return nil, nil, err
	}
	return sqlitestores.New(db).Audit, db.Close, nil
}

// OpenOperators opens the use cases of operators.
func (p Profile) OpenOperators(ctx context.Context) (inbound.OperatorUseCases, func() error, error) {
	db, err := p.openForOperator(ctx)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, err
	}
	useCases, err := boxoffice.NewForOperators(sqlitestores.New(db), sqlitestores.UnitOfWork(db), operatorGateway(p.Config), p.Config)
	if err != nil {
		return inbound.OperatorUseCases{}, nil, errors.Join(err, db.Close())
	}
	return useCases, db.Close, nil
}

func (p Profile) openForOperator(ctx context.Context) (*sqlite.DB, error) {
	if err := makeDataDir(p.Config); err != nil {
		return nil, err
	}
	db, _, err := openMigrated(ctx, p.Config)
	return db, err
}

// operatorGateway returns the gateway of the running service, or a gateway that never
// answers if the service does not run. A process that was killed leaves its file, and
// another program may have its port now.
func operatorGateway(c config.Config) boxoffice.GatewayURL {
	if c.PaymentsURL != "" {
		return boxoffice.GatewayURL(c.PaymentsURL)
	}
	if unlock, err := lockFile(workerLock(c)); err == nil {
		unlock()
		return disabledGateway
	}
	url, err := os.ReadFile(simulatorURLFile(c))
	if err != nil {
		return disabledGateway
	}
	return boxoffice.GatewayURL(url)
}

// simulatorURLFile returns the file in which a running service stores the URL of its
// payment simulator, for the commands of operators.
func simulatorURLFile(c config.Config) string { return filepath.Join(c.DataDir, "paysim.url") }

// workerLock returns the file that a running worker locks.
func workerLock(c config.Config) string { return filepath.Join(c.DataDir, "worker.lock") }

// DevelopmentToken returns a token for a role, signed with the key in the data folder. If
// subject is empty, the name of the role is used.
func DevelopmentToken(c config.Config, role, subject, organisation string, ttl time.Duration) (string, error) {
	if err := makeDataDir(c); err != nil {
		return "", err
	}
	issuer, err := openIssuer(c, system.Clock{})
	if err != nil {
		return "", err
	}
	return issueToken(issuer, role, subject, organisation, ttl)
}
