package settings

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Server describes a server that the production profile needs.
type Server struct {
	Setting string
	URL     string
	Schemes []string
	Example string
	// Exposed reports whether a URL permits a connection to another host that is not
	// protected by TLS, or whose TLS does not verify the host.
	Exposed func(*url.URL) bool
}

// List returns the servers that every service needs in production. unverifiedHosts
// returns the hosts to which a database URL may connect without TLS that verifies the
// server.
func (s *Settings) List(unverifiedHosts func(databaseURL string) []string) []Server {
	exposedDatabase := func(u *url.URL) bool {
		return slices.ContainsFunc(unverifiedHosts(u.String()), func(host string) bool { return !isThisHost(host) })
	}
	never := func(*url.URL) bool { return false }
	return []Server{
		{"PORTICO_DATABASE_URL", s.DatabaseURL, []string{"postgres", "postgresql"}, "postgres://portico:PASSWORD@db.example:5432/portico?sslmode=verify-full", exposedDatabase},
		{"PORTICO_BROKER_URL", s.BrokerURL, []string{"amqps", "amqp"}, "amqps://portico:PASSWORD@mq.example:5671/portico", ExposedBy("amqp")},
		{"PORTICO_REDIS_URL", s.RedisURL, []string{"rediss", "redis"}, "rediss://portico:PASSWORD@cache.example:6379", exposedRedis},
		{"PORTICO_OBJECTS_URL", s.ObjectsURL, []string{"s3"}, "s3://BUCKET?region=eu-central-1", exposedObjects},
		{"PORTICO_SMTP_URL", s.SMTPURL, []string{"smtp", "smtps"}, "smtp://portico:PASSWORD@mail.example:587", never}, // requires STARTTLS
		{"PORTICO_OIDC_ISSUER", s.Issuer, []string{"https", "http"}, "https://id.example", ExposedBy("http")},
	}
}

// CheckProduction reports every server setting that is missing or invalid, or that is
// exposed and not in PORTICO_ALLOW_INSECURE. It quotes no URLs, because they may contain
// passwords.
func (s *Settings) CheckProduction(servers []Server) Problems {
	var p Problems
	var names []string
	for _, server := range servers {
		names = append(names, server.Setting)
		u, err := url.Parse(server.URL)
		switch {
		case server.URL == "":
			p.Want(false, server.Setting, "required in the profile production, such as %s", server.Example)
		case err != nil || u.Host == "" || !slices.Contains(server.Schemes, u.Scheme):
			p.Want(false, server.Setting, "want a URL such as %s", server.Example)
		case server.Exposed(u) && !s.Insecure(server.Setting):
			p.Want(false, server.Setting, "permits a connection to another host without TLS that verifies the host: want a URL such as %s, or name the setting in PORTICO_ALLOW_INSECURE", server.Example)
		}
	}
	_, err := mail.ParseAddress(s.MailFrom)
	p.Want(err == nil, "PORTICO_MAIL_FROM", "want the sender of mails, such as Box Office <tickets@example.com>")
	for _, name := range s.AllowInsecure {
		p.Want(slices.Contains(names, name), "PORTICO_ALLOW_INSECURE", "unknown setting %q: want some of %s", name, strings.Join(names, ", "))
	}
	return p
}

// ExposedBy returns a function for [Server.Exposed]. scheme is the plain-text scheme of a
// protocol.
func ExposedBy(scheme string) func(*url.URL) bool {
	return func(u *url.URL) bool { return u.Scheme == scheme && !isThisHost(u.Hostname()) }
}

func exposedRedis(u *url.URL) bool {
	skipVerify := u.Query()["skip_verify"]
	if slices.Contains(skipVerify, "true") || slices.Contains(skipVerify, "1") {
		return !isThisHost(u.Hostname())
	}
	return ExposedBy("redis")(u)
}

func exposedObjects(u *url.URL) bool {
	endpoint, err := url.Parse(u.Query().Get("endpoint"))
	return err == nil && ExposedBy("http")(endpoint)
}

// IsLoopback reports whether only this machine can connect to the listen address.
func IsLoopback(listenAddr string) bool {
	host, _, err := net.SplitHostPort(listenAddr)
	return err == nil && isThisHost(host)
}

func isThisHost(name string) bool {
	address, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && address.IsLoopback()
}
