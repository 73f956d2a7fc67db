package harness

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/system"
	"example.com/portico/domain/actor"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/pgtest"
)

// Opener starts the program with additional settings, each as NAME=value.
type Opener func(t *testing.T, settings ...string) *App

// InEachProfile runs a test in both profiles, in parallel.
func (p *Program) InEachProfile(t *testing.T, test func(t *testing.T, open Opener)) {
	t.Parallel()
	for _, profile := range []struct {
		name string
		open Opener
	}{
		{"embedded", p.OpenEmbedded},
		{"production", p.openProduction},
	} {
		t.Run(profile.name, func(t *testing.T) {
			t.Parallel()
			test(t, profile.open)
		})
	}
}

// Environment gives tests access to the tokens and the mail of a profile.
type Environment interface {
	// Token returns a token that the program trusts. A subject that contains an @ is used
	// as the email claim.
	Token(t *testing.T, role, subject, organisation string) string
	// SigningKey returns the key that signs these tokens.
	SigningKey(t *testing.T) ed25519.PrivateKey
	// Mails counts the mails whose Message-ID begins with the id.
	Mails(id string) int
	// FailMail makes the mail with this id fail until restore is called.
	FailMail(t *testing.T, id string) (restore func())
}

// OpenEmbedded starts the program in the embedded profile, with an empty data folder.
func (p *Program) OpenEmbedded(t *testing.T, settings ...string) *App {
	t.Helper()
	dir := t.TempDir()
	return p.Start(t, dir, Folder(dir), settings...)
}

// Folder is the data folder of the embedded profile.
type Folder string

// Token implements Environment.
func (f Folder) Token(t *testing.T, role, subject, organisation string) string {
	t.Helper()
	issuer, err := oidc.OpenIssuer(f.keyFile(), oidc.Config{
		Issuer: "portico", Audience: "portico", RolesClaim: "roles", OrganisationClaim: "org",
	}, system.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := actor.New(actor.ID(subject), emailOf(subject), actor.Organisation(organisation), actor.Role(role))
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Issue(a, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// SigningKey implements Environment.
func (f Folder) SigningKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	return readKey(t, f.keyFile())
}

func (f Folder) keyFile() string { return filepath.Join(string(f), "issuer.pem") }

func (f Folder) mail(id string) string { return filepath.Join(string(f), "mail", id+".eml") }

// Mails implements Environment.
func (f Folder) Mails(id string) int {
	if info, err := os.Stat(f.mail(id)); err != nil || info.IsDir() {
		return 0
	}
	return 1
}

// FailMail creates a folder at the mail's path, so that writing the mail fails.
func (f Folder) FailMail(t *testing.T, id string) (restore func()) {
	t.Helper()
	if err := os.Mkdir(f.mail(id), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(f.mail(id)); err != nil {
			t.Fatal(err)
		}
	}
}

// Servers are the servers that the production profile uses.
type Servers struct {
	Database, Broker, Redis string // URLs
	Bucket                  servers.Bucket
	Mailbox                 *servers.Mailbox
	MailURL                 string
	Identity                *servers.IdentityProvider
}

func (p *Program) openProduction(t *testing.T, settings ...string) *App {
	t.Helper()
	dir := t.TempDir()
	s := p.StartServers(t)
	all := s.Settings()
	if p.Extra != nil {
		all = append(all, p.Extra(t, dir)...)
	}
	return p.Start(t, dir, s, append(all, settings...)...)
}

// StartServers gives one test its own database, virtual host, bucket and so on.
func (p *Program) StartServers(t *testing.T) *Servers {
	t.Helper()
	mailbox := servers.SMTP(t)
	return &Servers{
		Database: pgtest.AsService(t, servers.PostgresFrom(t, p.Schema, p.Migrate)),
		Broker:   servers.RabbitMQ(t),
		Redis:    servers.Redis(t),
		Bucket:   servers.S3(t),
		Mailbox:  mailbox,
		MailURL:  mailbox.URL,
		Identity: servers.OIDC(t, "portico", servers.NewIdentityKey(t, "key-1")),
	}
}

// Settings returns the settings that select the production profile and these servers.
func (s *Servers) Settings() []string {
	return []string{
		"PORTICO_PROFILE=production",
		"PORTICO_DATABASE_URL=" + s.Database,
		"PORTICO_BROKER_URL=" + s.Broker,
		"PORTICO_REDIS_URL=" + s.Redis,
		"PORTICO_OBJECTS_URL=" + s.Bucket.URL,
		"AWS_ACCESS_KEY_ID=" + s.Bucket.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + s.Bucket.SecretAccessKey,
		"PORTICO_SMTP_URL=" + s.MailURL,
		"SSL_CERT_FILE=" + s.Mailbox.CAFile,
		"PORTICO_MAIL_FROM=Portico <portico@example.com>",
		"PORTICO_OIDC_ISSUER=" + s.Identity.URL,
		// The containers are not on localhost, so plain-text connections must be allowed.
		"PORTICO_ALLOW_INSECURE=PORTICO_DATABASE_URL,PORTICO_BROKER_URL,PORTICO_REDIS_URL,PORTICO_OBJECTS_URL",
	}
}

// Token implements Environment.
func (s *Servers) Token(t *testing.T, role, subject, organisation string) string {
	t.Helper()
	return s.Identity.Token(subject, map[string]any{"roles": []string{role}, "org": organisation, "email": emailOf(subject)})
}

func emailOf(subject string) string {
	if strings.Contains(subject, "@") {
		return subject
	}
	return ""
}

// SigningKey implements Environment.
func (s *Servers) SigningKey(*testing.T) ed25519.PrivateKey {
	return s.Identity.Key().Private.(ed25519.PrivateKey)
}

// Mails implements Environment.
func (s *Servers) Mails(id string) int {
	n := 0
	for _, m := range s.Mailbox.Mail() {
		if bytes.Contains(m.Data[:min(len(m.Data), 2000)], []byte("<"+id+".")) {
			n++
		}
	}
	return n
}

// FailMail implements Environment.
func (s *Servers) FailMail(_ *testing.T, id string) (restore func()) {
	return s.Mailbox.Refuse(id)
}
