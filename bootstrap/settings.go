package bootstrap

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"example.com/portico/ports/platform"
)

// Settings are all that a deployment decides. They come from environment
// variables and from an optional file .env in the working directory, where the
// environment wins. docs/settings.md describes each.
type Settings struct {
	Profile        string         `env:"PORTICO_PROFILE" envDefault:"embedded"`
	HTTPAddr       string         `env:"PORTICO_HTTP_ADDR" envDefault:":8080"`
	OpsAddr        string         `env:"PORTICO_OPS_ADDR" envDefault:":8081"`
	DataDir        string         `env:"PORTICO_DATA_DIR" envDefault:"./data"`
	DatabaseURL    string         `env:"PORTICO_DATABASE_URL" only:"production"`
	BrokerURL      string         `env:"PORTICO_BROKER_URL" only:"production"`
	RedisURL       string         `env:"PORTICO_REDIS_URL" only:"production"`
	ObjectsURL     string         `env:"PORTICO_OBJECTS_URL" only:"production"`
	PaymentsURL    string         `env:"PORTICO_PAYMENTS_URL"`
	SMTPURL        string         `env:"PORTICO_SMTP_URL" only:"production"`
	MailFrom       string         `env:"PORTICO_MAIL_FROM" only:"production"`
	Issuer         string         `env:"PORTICO_OIDC_ISSUER" only:"production"`
	Audience       string         `env:"PORTICO_OIDC_AUDIENCE" envDefault:"portico"`
	RolesClaim     string         `env:"PORTICO_OIDC_ROLES_CLAIM" envDefault:"roles"`
	OrgClaim       string         `env:"PORTICO_OIDC_ORG_CLAIM" envDefault:"org"`
	AllowInsecure  []string       `env:"PORTICO_ALLOW_INSECURE" only:"production"`
	CORSOrigins    []string       `env:"PORTICO_CORS_ORIGINS"`
	TrustedHosts   []string       `env:"PORTICO_TRUSTED_HOSTS"`
	TrustedProxies []netip.Prefix `env:"PORTICO_TRUSTED_PROXIES"`
	Gzip           bool           `env:"PORTICO_GZIP" envDefault:"true"`
	ActorRate      Rate           `env:"PORTICO_RATE_PER_ACTOR" envDefault:"200/s"`
	AddressRate    Rate           `env:"PORTICO_RATE_PER_ADDRESS" envDefault:"5000/s"`
	RequestTimeout time.Duration  `env:"PORTICO_REQUEST_TIMEOUT" envDefault:"10s"`
	HoldFor        time.Duration  `env:"PORTICO_HOLD_FOR" envDefault:"10m"`
	PayWithin      time.Duration  `env:"PORTICO_PAY_WITHIN" envDefault:"15m"`
	EventAttempts  int            `env:"PORTICO_EVENT_ATTEMPTS" envDefault:"10"`
	ShutdownGrace  time.Duration  `env:"PORTICO_SHUTDOWN_GRACE" envDefault:"20s"`
	LogLevel       string         `env:"PORTICO_LOG_LEVEL" envDefault:"info"`
}

// Rate is a rate limit, written "100/s" or "off". As many as a second allows
// twice over may come at once.
type Rate platform.Rate

// UnmarshalText takes "N/s" or "off".
func (r *Rate) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*r = Rate{}
		return nil
	}
	var n int
	if _, err := fmt.Sscanf(string(text), "%d/s", &n); err != nil || n < 1 || fmt.Sprintf("%d/s", n) != string(text) {
		return errors.New(`want a number of requests such as "100/s", or "off"`)
	}
	*r = Rate{PerSecond: n, Burst: 2 * n}
	return nil
}

func (r Rate) String() string {
	if r == (Rate{}) {
		return "off"
	}
	return fmt.Sprintf("%d/s", r.PerSecond)
}

// LoadSettings reads the environment, a list of NAME=value as from os.Environ,
// and the file dotenv, which need not be there. It checks everything and tells
// all that is wrong at once.
func LoadSettings(environ []string, dotenv string) (Settings, error) {
	values, err := godotenv.Read(dotenv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Settings{}, fmt.Errorf("%s: not a file of NAME=value lines", dotenv)
	}
	if values == nil {
		values = map[string]string{}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	for name, value := range values {
		if name == "" || value == "" { // set to nothing means not set
			delete(values, name)
		}
	}
	var s Settings
	unread := parse(&s, values)
	problems := slices.Concat(unread, unknownNames(values))
	for _, p := range s.check() {
		name, _, _ := strings.Cut(p, ":")
		if !slices.ContainsFunc(unread, func(known string) bool { return strings.HasPrefix(known, name+":") }) {
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		return Settings{}, fmt.Errorf("the settings are not right; nothing was started:\n  %s",
			strings.Join(slices.Compact(problems), "\n  "))
	}
	if s.DataDir, err = filepath.Abs(s.DataDir); err != nil {
		return Settings{}, fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	return s, nil
}

// parse fills in the fields and names those that cannot be: by the setting, not
// by the field.
func parse(s *Settings, values map[string]string) []string {
	err := env.ParseWithOptions(s, env.Options{Environment: values})
	var all env.AggregateError
	if !errors.As(err, &all) {
		return nil
	}
	var problems []string
	for _, err := range all.Errors {
		var field env.ParseError
		if !errors.As(err, &field) {
			problems = append(problems, err.Error())
			continue
		}
		f, _ := reflect.TypeFor[Settings]().FieldByName(field.Name)
		problems = append(problems, f.Tag.Get("env")+": "+field.Err.Error())
	}
	return problems
}

// serviceLink is how Kubernetes tells every process where services are
// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables),
// that of this program among them.
var serviceLink = regexp.MustCompile(`_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)

// unknownNames finds what is probably a slip of the keyboard.
func unknownNames(values map[string]string) []string {
	var problems []string
	for name := range values {
		if strings.HasPrefix(name, "PORTICO_") && !slices.Contains(settingNames(), name) && !serviceLink.MatchString(name) {
			problems = append(problems, name+": there is no such setting; portico config lists all")
		}
	}
	return problems
}

func settingNames() []string {
	var names []string
	for f := range reflect.TypeFor[Settings]().Fields() {
		names = append(names, f.Tag.Get("env"))
	}
	return names
}

func (s *Settings) check() []string {
	var problems []string
	want := func(ok bool, name, format string, args ...any) {
		if !ok {
			problems = append(problems, name+": "+fmt.Sprintf(format, args...))
		}
	}
	_, known := profiles[s.Profile]
	want(known, "PORTICO_PROFILE", "%q is none; want embedded or production", s.Profile)
	want(isListenAddr(s.HTTPAddr), "PORTICO_HTTP_ADDR", "%q is no address to listen on; want host:port or :port", s.HTTPAddr)
	want(isListenAddr(s.OpsAddr), "PORTICO_OPS_ADDR", "%q is no address to listen on; want host:port or :port", s.OpsAddr)
	want(s.HTTPAddr != s.OpsAddr || strings.HasSuffix(s.HTTPAddr, ":0"), "PORTICO_OPS_ADDR", "it is the same as PORTICO_HTTP_ADDR")
	want(s.PaymentsURL == "" || isHTTPURL(s.PaymentsURL), "PORTICO_PAYMENTS_URL", "want a URL such as https://payments.example")
	want(s.RequestTimeout >= 100*time.Millisecond && s.RequestTimeout < writeTimeout,
		"PORTICO_REQUEST_TIMEOUT", "%s is not from 100ms to less than %s", s.RequestTimeout, writeTimeout)
	want(s.HoldFor >= time.Second, "PORTICO_HOLD_FOR", "%s is too short; want at least 1s", s.HoldFor)
	want(s.PayWithin >= time.Second, "PORTICO_PAY_WITHIN", "%s is too short; want at least 1s", s.PayWithin)
	want(s.EventAttempts >= 1, "PORTICO_EVENT_ATTEMPTS", "%d is too few; want at least 1", s.EventAttempts)
	want(s.ShutdownGrace > 0, "PORTICO_SHUTDOWN_GRACE", "%s is too short", s.ShutdownGrace)
	want(slices.Contains([]string{"debug", "info", "warn", "error"}, s.LogLevel), "PORTICO_LOG_LEVEL", "%q is none of debug, info, warn, error", s.LogLevel)
	for _, origin := range s.CORSOrigins {
		u, err := url.Parse(origin)
		want(origin == "*" || err == nil && isHTTPURL(origin) && u.Path == "", "PORTICO_CORS_ORIGINS", "%q is no origin such as https://tickets.example, nor *", origin)
	}
	if s.Profile == production {
		return append(problems, s.checkProduction()...)
	}
	for f, value := range reflect.ValueOf(*s).Fields() {
		want(f.Tag.Get("only") == "" || value.IsZero(), f.Tag.Get("env"), "it is for PORTICO_PROFILE=%s", f.Tag.Get("only"))
	}
	return problems
}

func isListenAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isHTTPURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Lines are the settings as NAME=value, in the order of the struct. The
// password in a URL, or a key in its place, is masked, and so are parameters
// that may be one.
func (s Settings) Lines() []string {
	var lines []string
	v := reflect.ValueOf(s)
	for f, value := range v.Fields() {
		text := fmt.Sprint(value.Interface())
		if value.Kind() == reflect.Slice {
			var items []string
			for _, item := range value.Seq2() {
				items = append(items, fmt.Sprint(item.Interface()))
			}
			text = strings.Join(items, ",")
		}
		lines = append(lines, f.Tag.Get("env")+"="+masked(text))
	}
	return lines
}

// masked leaves what is no URL, or one without secrets, as it is.
func masked(text string) string {
	const mask = "xxxxx"
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	query, masks := u.Query(), 0
	for name := range query {
		if secretName.MatchString(name) {
			query.Set(name, mask)
			masks++
		}
	}
	if masks > 0 {
		u.RawQuery = query.Encode()
	}
	if u.User != nil {
		masks++
		if _, hasPassword := u.User.Password(); !hasPassword { // then the name is the key
			u.User = url.User(mask)
		}
	}
	if masks == 0 {
		return text
	}
	return u.Redacted()
}

var secretName = regexp.MustCompile(`(?i)pass|secret|token|key`)
