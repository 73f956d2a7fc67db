// Package settings reads the settings of a service from environment variables and an
// optional .env file, checks all of them at once, and prints them without secrets.
package settings

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The values of PORTICO_PROFILE.
const (
	Embedded   = "embedded"
	Production = "production"
)

// WriteTimeout limits the time to handle a request and write its response.
const WriteTimeout = time.Minute

// Settings are the settings that every service has. docs/settings.md describes them. The
// tag "only" restricts a setting to one profile.
type Settings struct {
	Profile       string        `env:"PORTICO_PROFILE" envDefault:"embedded"`
	HTTPAddr      string        `env:"PORTICO_HTTP_ADDR"` // see SetDefaults
	OpsAddr       string        `env:"PORTICO_OPS_ADDR" envDefault:"127.0.0.1:8081"`
	Pprof         bool          `env:"PORTICO_PPROF" envDefault:"false"`
	DataDir       string        `env:"PORTICO_DATA_DIR" envDefault:"./data"`
	ShutdownGrace time.Duration `env:"PORTICO_SHUTDOWN_GRACE" envDefault:"20s"`
	LogLevel      string        `env:"PORTICO_LOG_LEVEL" envDefault:"info"`
	EventAttempts int           `env:"PORTICO_EVENT_ATTEMPTS" envDefault:"10"`
	HTTP
	Identity
	Servers
}

// HTTP holds the settings of the API.
type HTTP struct {
	CORSOrigins    []string       `env:"PORTICO_CORS_ORIGINS"`
	TrustedHosts   []string       `env:"PORTICO_TRUSTED_HOSTS"`
	TrustedProxies []netip.Prefix `env:"PORTICO_TRUSTED_PROXIES"`
	Docs           bool           `env:"PORTICO_DOCS" envDefault:"true"`
	Gzip           bool           `env:"PORTICO_GZIP" envDefault:"true"`
	ActorRate      Rate           `env:"PORTICO_RATE_PER_ACTOR" envDefault:"200/s"`
	AddressRate    Rate           `env:"PORTICO_RATE_PER_ADDRESS" envDefault:"5000/s"`
	RequestTimeout time.Duration  `env:"PORTICO_REQUEST_TIMEOUT" envDefault:"10s"`
	MaxConnections int            `env:"PORTICO_MAX_CONNECTIONS" envDefault:"2000"`
}

// Identity defines which tokens are accepted.
type Identity struct {
	Issuer     string `env:"PORTICO_OIDC_ISSUER" only:"production"`
	Audience   string `env:"PORTICO_OIDC_AUDIENCE" envDefault:"portico"`
	RolesClaim string `env:"PORTICO_OIDC_ROLES_CLAIM" envDefault:"roles"`
	OrgClaim   string `env:"PORTICO_OIDC_ORG_CLAIM" envDefault:"org"`
}

// Servers holds the settings of the production profile's servers.
type Servers struct {
	DatabaseURL   string   `env:"PORTICO_DATABASE_URL" only:"production"`
	BrokerURL     string   `env:"PORTICO_BROKER_URL" only:"production"`
	RedisURL      string   `env:"PORTICO_REDIS_URL" only:"production"`
	ObjectsURL    string   `env:"PORTICO_OBJECTS_URL" only:"production"`
	SMTPURL       string   `env:"PORTICO_SMTP_URL" only:"production"`
	MailFrom      string   `env:"PORTICO_MAIL_FROM" only:"production"`
	AllowInsecure []string `env:"PORTICO_ALLOW_INSECURE" only:"production"`
}

// Insecure reports whether PORTICO_ALLOW_INSECURE names the setting.
func (s Servers) Insecure(setting string) bool { return slices.Contains(s.AllowInsecure, setting) }

// SetDefaults sets the defaults that depend on the profile: by default, the API listens
// on all interfaces in production, and on loopback otherwise.
func (s *Settings) SetDefaults() {
	api := "127.0.0.1:8080"
	if s.Profile == Production {
		api = ":8080"
	}
	s.HTTPAddr = cmp.Or(s.HTTPAddr, api)
}

// MinConnections is the least that PORTICO_MAX_CONNECTIONS may be.
const MinConnections = 16

// Check returns the problems of the settings that all profiles share.
func (s *Settings) Check() Problems {
	var p Problems
	p.Want(s.Profile == Embedded || s.Profile == Production, "PORTICO_PROFILE", "unknown profile %q: want embedded or production", s.Profile)
	p.Want(isListenAddr(s.HTTPAddr), "PORTICO_HTTP_ADDR", "invalid listen address %q: want host:port or :port", s.HTTPAddr)
	p.Want(isListenAddr(s.OpsAddr), "PORTICO_OPS_ADDR", "invalid listen address %q: want host:port or :port", s.OpsAddr)
	p.Want(s.HTTPAddr != s.OpsAddr || strings.HasSuffix(s.HTTPAddr, ":0"), "PORTICO_OPS_ADDR", "must differ from PORTICO_HTTP_ADDR")
	p.Want(s.RequestTimeout >= 100*time.Millisecond && s.RequestTimeout < WriteTimeout,
		"PORTICO_REQUEST_TIMEOUT", "invalid timeout %s: want at least 100ms and less than %s", s.RequestTimeout, WriteTimeout)
	p.Want(s.MaxConnections >= MinConnections, "PORTICO_MAX_CONNECTIONS", "%d connections are too few: want at least %d", s.MaxConnections, MinConnections)
	p.Want(s.EventAttempts >= 1, "PORTICO_EVENT_ATTEMPTS", "%d attempts are too few: want at least 1", s.EventAttempts)
	p.Want(s.ShutdownGrace > 0, "PORTICO_SHUTDOWN_GRACE", "%s is too short: want more than 0s", s.ShutdownGrace)
	p.Want(slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel), "PORTICO_LOG_LEVEL", "unknown log level %q: want debug, info, warn or error", s.LogLevel)
	for _, origin := range s.CORSOrigins {
		u, err := url.Parse(origin)
		p.Want(origin == "*" || err == nil && IsHTTPURL(origin) && u.Path == "", "PORTICO_CORS_ORIGINS", "invalid origin %q: want one such as https://tickets.example, or *", origin)
	}
	return p
}

func isListenAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// IsHTTPURL reports whether s is an http or https URL with a host.
func IsHTTPURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
