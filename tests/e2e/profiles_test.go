package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/system"
	"example.com/portico/domain/actor"
	"example.com/portico/migrations"
	"example.com/portico/tests/integration/servers"
)

// opener starts the program with settings of its own, as NAME=value.
type opener func(t *testing.T, settings ...string) *boxOffice

// inEachProfile runs a test on every set of adapters.
func inEachProfile(t *testing.T, test func(t *testing.T, open opener)) {
	t.Parallel()
	for profile, open := range map[string]opener{"embedded": open, "production": openOnServers} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// surroundings are what the program works with, as far as tests look at it.
type surroundings interface {
	// token is one that the program trusts. A subject with an @ is also an
	// email address.
	token(t *testing.T, role actor.Role, subject string, org actor.Organisation) string
	// key signs such tokens.
	key(t *testing.T) ed25519.PrivateKey
	// mails counts those that came with the tickets of a booking.
	mails(bookingID string) int
	// poison makes the mail with the tickets of a booking fail, until the
	// function that it returns is called.
	poison(t *testing.T, bookingID string) (heal func())
}

// open starts the program on an empty data folder and nothing else.
func open(t *testing.T, settings ...string) *boxOffice {
	t.Helper()
	dir := t.TempDir()
	return start(t, dir, folder(dir), settings...)
}

// folder is a data folder: all that the embedded profile works with.
type folder string

func (f folder) token(t *testing.T, role actor.Role, subject string, org actor.Organisation) string {
	t.Helper()
	issuer, err := oidc.OpenIssuer(filepath.Join(string(f), "issuer.pem"), oidc.Config{
		Issuer: "portico", Audience: "portico", RolesClaim: "roles", OrganisationClaim: "org",
	}, system.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := actor.New(actor.ID(subject), emailOf(subject), org, role)
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(a, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (f folder) key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	return issuerKey(t, string(f))
}

func (f folder) mail(bookingID string) string {
	return filepath.Join(string(f), "mail", bookingID+".eml")
}

func (f folder) mails(bookingID string) int {
	if info, err := os.Stat(f.mail(bookingID)); err != nil || info.IsDir() {
		return 0
	}
	return 1
}

// poison puts a folder where the mail is to be.
func (f folder) poison(t *testing.T, bookingID string) (heal func()) {
	t.Helper()
	if err := os.Mkdir(f.mail(bookingID), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.mail(bookingID)); err != nil {
			t.Fatal(err)
		}
	}
}

// others are the servers that the production profile works with.
type others struct {
	dir                     string // with the ledger
	database, broker, redis string // URLs
	bucket                  servers.Bucket
	mailbox                 *servers.Mailbox
	mailURL                 string
	identity                *servers.IdentityProvider
	payments                string // URL
}

// openOnServers starts the program on servers of its own.
func openOnServers(t *testing.T, settings ...string) *boxOffice {
	t.Helper()
	dir := t.TempDir()
	o := startOthers(t, dir)
	o.payments = simulate(t, filepath.Join(dir, ledger))
	return start(t, dir, o, append(o.settings(), settings...)...)
}

// startOthers starts all but the payment gateway.
func startOthers(t *testing.T, dir string) *others {
	t.Helper()
	mailbox := servers.SMTP(t)
	return &others{
		dir:      dir,
		database: servers.PostgresFrom(t, migrations.Postgres, migrate),
		broker:   servers.RabbitMQ(t),
		redis:    servers.Redis(t),
		bucket:   servers.S3(t),
		mailbox:  mailbox,
		mailURL:  mailbox.URL,
		identity: servers.OIDC(t, "portico", servers.NewIdentityKey(t, "key-1")),
	}
}

func migrate(ctx context.Context, url string) error {
	db, err := postgres.Open(url)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.MigrateUp(ctx)
}

// simulate is a payment gateway that outlives the program.
func simulate(t *testing.T, ledger string) (url string) {
	t.Helper()
	simulator, err := payments.OpenSimulator(ledger)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(simulator)
	t.Cleanup(func() {
		if err := simulator.Close(); err != nil { // lets those go that are never answered
			t.Error(err)
		}
		server.Close()
	})
	return server.URL
}

func (o *others) settings() []string {
	return []string{
		"PORTICO_PROFILE=production",
		"PORTICO_DATABASE_URL=" + o.database,
		"PORTICO_BROKER_URL=" + o.broker,
		"PORTICO_REDIS_URL=" + o.redis,
		"PORTICO_OBJECTS_URL=" + o.bucket.URL,
		"AWS_ACCESS_KEY_ID=" + o.bucket.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + o.bucket.SecretAccessKey,
		"PORTICO_SMTP_URL=" + o.mailURL,
		"SSL_CERT_FILE=" + o.mailbox.CAFile,
		"PORTICO_MAIL_FROM=Box Office <tickets@example.com>",
		"PORTICO_OIDC_ISSUER=" + o.identity.URL,
		"PORTICO_PAYMENTS_URL=" + o.payments,
		// The containers have addresses of their own.
		"PORTICO_ALLOW_INSECURE=PORTICO_DATABASE_URL,PORTICO_BROKER_URL,PORTICO_REDIS_URL,PORTICO_OBJECTS_URL",
	}
}

func (o *others) token(t *testing.T, role actor.Role, subject string, org actor.Organisation) string {
	t.Helper()
	return o.identity.Token(subject, map[string]any{"roles": []string{string(role)}, "org": org, "email": emailOf(subject)})
}

func emailOf(subject string) string {
	if strings.Contains(subject, "@") {
		return subject
	}
	return ""
}

func (o *others) key(*testing.T) ed25519.PrivateKey {
	return o.identity.Key().Private.(ed25519.PrivateKey)
}

func (o *others) mails(bookingID string) int {
	n := 0
	for _, m := range o.mailbox.Mail() {
		if bytes.Contains(m.Data[:min(len(m.Data), 2000)], []byte("<"+bookingID+".tickets@")) {
			n++
		}
	}
	return n
}

func (o *others) poison(_ *testing.T, bookingID string) (heal func()) {
	return o.mailbox.Refuse(bookingID)
}
