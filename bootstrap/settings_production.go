package bootstrap

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"example.com/portico/adapters/postgres"
)

// server is another program that the production profile works with.
type server struct {
	setting string
	url     string
	schemes []string
	example string
	// exposed tells whether what is sent there could be read on the way.
	exposed func(*url.URL) bool
}

func (s *Settings) servers() []server {
	return []server{
		{"PORTICO_DATABASE_URL", s.DatabaseURL, []string{"postgres", "postgresql"}, "postgres://portico:PASSWORD@db.example:5432/portico?sslmode=verify-full", exposedPostgres},
		{"PORTICO_BROKER_URL", s.BrokerURL, []string{"amqps", "amqp"}, "amqps://portico:PASSWORD@mq.example:5671/portico", exposedWith("amqp")},
		{"PORTICO_REDIS_URL", s.RedisURL, []string{"rediss", "redis"}, "rediss://portico:PASSWORD@cache.example:6379", exposedWith("redis")},
		{"PORTICO_OBJECTS_URL", s.ObjectsURL, []string{"s3"}, "s3://BUCKET?region=eu-central-1", exposedObjects},
		{"PORTICO_PAYMENTS_URL", s.PaymentsURL, []string{"https", "http"}, "https://payments.example", exposedWith("http")},
		{"PORTICO_SMTP_URL", s.SMTPURL, []string{"smtp", "smtps"}, "smtp://portico:PASSWORD@mail.example:587", never}, // it begins with STARTTLS or not at all
		{"PORTICO_OIDC_ISSUER", s.Issuer, []string{"https", "http"}, "https://id.example", exposedWith("http")},
	}
}

// checkProduction names every setting that is missing or that a plain-text
// connection to another host makes unsafe. It quotes none: they carry passwords.
func (s *Settings) checkProduction() []string {
	var problems, names []string
	for _, server := range s.servers() {
		names = append(names, server.setting)
		u, err := url.Parse(server.url)
		switch {
		case server.url == "":
			problems = append(problems, server.setting+": it is needed in the profile production, such as "+server.example)
		case err != nil || u.Host == "" || !slices.Contains(server.schemes, u.Scheme):
			problems = append(problems, server.setting+": want a URL such as "+server.example)
		case server.exposed(u) && !s.insecure(server.setting):
			problems = append(problems, server.setting+": it is a plain-text connection to another host; want one such as "+
				server.example+", or name the setting in PORTICO_ALLOW_INSECURE")
		}
	}
	if _, err := mail.ParseAddress(s.MailFrom); err != nil {
		problems = append(problems, "PORTICO_MAIL_FROM: want who the mail is from, such as Box Office <tickets@example.com>")
	}
	for _, name := range s.AllowInsecure {
		if !slices.Contains(names, name) {
			problems = append(problems, fmt.Sprintf("PORTICO_ALLOW_INSECURE: %q is none of %s", name, strings.Join(names, ", ")))
		}
	}
	return problems
}

// insecure tells whether plain text is allowed for a setting.
func (s *Settings) insecure(setting string) bool { return slices.Contains(s.AllowInsecure, setting) }

func never(*url.URL) bool { return false }

func exposedWith(scheme string) func(*url.URL) bool {
	return func(u *url.URL) bool { return u.Scheme == scheme && !isThisHost(u.Hostname()) }
}

func exposedPostgres(u *url.URL) bool {
	return slices.ContainsFunc(postgres.InPlainText(u.String()), func(host string) bool { return !isThisHost(host) })
}

func exposedObjects(u *url.URL) bool {
	endpoint, err := url.Parse(u.Query().Get("endpoint"))
	return err == nil && exposedWith("http")(endpoint)
}

func isThisHost(name string) bool {
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.IsLoopback()
}
