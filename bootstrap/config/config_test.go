package config_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/postgres"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/settings"
)

// noDotenv is the path of a .env file that does not exist.
const noDotenv = "testdata/no-such-file"

func dotenv(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, environ []string, dotenv string) config.Config {
	t.Helper()
	s, err := config.Load(environ, dotenv, postgres.UnverifiedHosts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func problems(t *testing.T, environ []string, dotenv string) []string {
	t.Helper()
	_, err := config.Load(environ, dotenv, postgres.UnverifiedHosts)
	if err == nil {
		t.Fatalf("%v are taken", environ)
	}
	_, list, _ := strings.Cut(err.Error(), "\n")
	var problems []string
	for line := range strings.Lines(list) {
		problems = append(problems, strings.TrimSpace(line))
	}
	return problems
}

func TestLoad(t *testing.T) {
	t.Run("uses the defaults if nothing is set", func(t *testing.T) {
		s := load(t, nil, noDotenv)
		data, err := filepath.Abs("data")
		if err != nil {
			t.Fatal(err)
		}
		if s.Profile != "embedded" || s.HTTPAddr != "127.0.0.1:8080" || s.OpsAddr != "127.0.0.1:8081" || s.DataDir != data ||
			s.HoldFor != 10*time.Minute || s.PayWithin != 15*time.Minute || s.LogLevel != "info" {
			t.Errorf("the defaults are\n%s", strings.Join(s.Lines(), "\n"))
		}
	})

	t.Run("reads lists, durations, networks and rates", func(t *testing.T) {
		s := load(t, []string{
			"PORTICO_CORS_ORIGINS=https://a.example,http://localhost:3000", "PORTICO_HOLD_FOR=90s",
			"PORTICO_TRUSTED_PROXIES=10.0.0.0/8,fd00::/8", "PORTICO_RATE_PER_ACTOR=7/s", "PORTICO_RATE_PER_ADDRESS=off",
		}, noDotenv)
		if diff := cmp.Diff([]string{"https://a.example", "http://localhost:3000"}, s.CORSOrigins); diff != "" {
			t.Error(diff)
		}
		if want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}; !slices.Equal(s.TrustedProxies, want) {
			t.Errorf("proxies %v", s.TrustedProxies)
		}
		if s.HoldFor != 90*time.Second || s.ActorRate != (settings.Rate{PerSecond: 7, Burst: 14}) || s.AddressRate != (settings.Rate{}) {
			t.Errorf("hold for %s, rates %s and %s", s.HoldFor, s.ActorRate, s.AddressRate)
		}
	})

	t.Run("reads .env, and prefers the environment", func(t *testing.T) {
		file := dotenv(t, "# for development", "PORTICO_HTTP_ADDR=:1", `PORTICO_OPS_ADDR=":2"`, "export PORTICO_LOG_LEVEL=debug", "OTHER=x")
		s := load(t, []string{"PORTICO_HTTP_ADDR=:3", "PATH=/bin", "=C:=C:\\"}, file)
		if s.HTTPAddr != ":3" || s.OpsAddr != ":2" || s.LogLevel != "debug" {
			t.Errorf("addresses %s and %s, level %s", s.HTTPAddr, s.OpsAddr, s.LogLevel)
		}
	})

	t.Run("treats an empty value as not set", func(t *testing.T) {
		s := load(t, []string{"PORTICO_HTTP_ADDR=", "PORTICO_HOLD_FOR=", "PORTICO_RATE_PER_ACTOR=", "PORTICO_CORS_ORIGINS=", "PORTICO_NO_SUCH="}, noDotenv)
		if diff := cmp.Diff(load(t, nil, noDotenv).Lines(), s.Lines()); diff != "" {
			t.Errorf("settings (-default +got):\n%s", diff)
		}
	})

	t.Run("rejects a malformed .env without repeating its content", func(t *testing.T) {
		_, err := config.Load(nil, dotenv(t, "PORTICO_HTTP_ADDR=:1", "my secret = 'unfinished"), postgres.UnverifiedHosts)
		if err == nil || !strings.Contains(err.Error(), ".env") || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v, want one that names the file and nothing in it", err)
		}
		if _, err := config.Load(nil, t.TempDir(), postgres.UnverifiedHosts); err == nil {
			t.Error("Load accepted a folder named .env")
		}
	})

	t.Run("reports all problems at once, each with the name of its setting", func(t *testing.T) {
		got := problems(t, []string{
			"PORTICO_PROFILE=demo", "PORTICO_HTTP_ADDR=8080", "PORTICO_OPS_ADDR=:http", "PORTICO_PAYMENTS_URL=payments.example",
			"PORTICO_HOLD_FOR=soon", "PORTICO_PAY_WITHIN=1ms", "PORTICO_SHUTDOWN_GRACE=-1s", "PORTICO_LOG_LEVEL=loud",
			"PORTICO_TRUSTED_PROXIES=everybody", "PORTICO_REQUEST_TIMEOUT=0s", "PORTICO_RATE_PER_ACTOR=100", "PORTICO_CORS_ORIGINS=https://a.example/path",
		}, dotenv(t, "PORTICO_HTPT_ADDR=:1"))
		var names []string
		for _, p := range got {
			name, detail, _ := strings.Cut(p, ": ")
			names = append(names, name)
			if detail == "" {
				t.Errorf("%q says not what is wrong", p)
			}
		}
		want := []string{
			"PORTICO_CORS_ORIGINS", "PORTICO_HOLD_FOR", "PORTICO_HTPT_ADDR", "PORTICO_HTTP_ADDR", "PORTICO_LOG_LEVEL", "PORTICO_OPS_ADDR",
			"PORTICO_PAYMENTS_URL", "PORTICO_PAY_WITHIN", "PORTICO_PROFILE", "PORTICO_RATE_PER_ACTOR", "PORTICO_REQUEST_TIMEOUT", "PORTICO_SHUTDOWN_GRACE", "PORTICO_TRUSTED_PROXIES",
		}
		if diff := cmp.Diff(want, slices.Compact(names)); diff != "" {
			t.Errorf("names (-want +got):\n%s\n%s", diff, strings.Join(got, "\n"))
		}
	})

	t.Run("reports each mistake only once", func(t *testing.T) {
		for _, mistake := range []string{
			"PORTICO_HOLD_FOR=soon", "PORTICO_PAY_WITHIN=15", "PORTICO_SHUTDOWN_GRACE=x", "PORTICO_EVENT_ATTEMPTS=many",
			"PORTICO_MAX_CONNECTIONS=15",
			"PORTICO_RATE_PER_ACTOR=x", "PORTICO_GZIP=perhaps", "PORTICO_TRUSTED_PROXIES=x",
		} {
			if got := problems(t, []string{mistake}, noDotenv); len(got) != 1 {
				t.Errorf("%s:\n%s", mistake, strings.Join(got, "\n"))
			}
		}
	})

	t.Run("refuses a request timeout that is not shorter than the write timeout", func(t *testing.T) {
		load(t, []string{"PORTICO_REQUEST_TIMEOUT=59s"}, noDotenv)
		if got := problems(t, []string{"PORTICO_REQUEST_TIMEOUT=60s"}, noDotenv); len(got) != 1 || !strings.HasPrefix(got[0], "PORTICO_REQUEST_TIMEOUT: ") {
			t.Errorf("problems %v", got)
		}
	})

	t.Run("ignores the variables that Kubernetes sets for services", func(t *testing.T) {
		load(t, []string{
			"PORTICO_SERVICE_HOST=10.0.0.1", "PORTICO_SERVICE_PORT=80", "PORTICO_SERVICE_PORT_HTTP=80", "PORTICO_PORT=tcp://10.0.0.1:80",
			"PORTICO_API_SERVICE_HOST=10.0.0.1", "PORTICO_PORT_80_TCP=tcp://10.0.0.1:80", "PORTICO_PORT_80_TCP_ADDR=10.0.0.1",
			"PORTICO_PORT_80_TCP_PORT=80", "PORTICO_PORT_80_TCP_PROTO=tcp",
		}, noDotenv)
	})

	t.Run("does not quote a URL that may contain a password", func(t *testing.T) {
		for _, address := range []string{"ftp://user:secret@payments.example", "http://user:secret%@payments.example", "user:secret"} {
			if got := problems(t, []string{"PORTICO_PAYMENTS_URL=" + address}, noDotenv); strings.Contains(strings.Join(got, ""), "secret") {
				t.Errorf("%s: %v", address, got)
			}
		}
	})

	t.Run("refuses the same address for both listeners, unless the port is 0", func(t *testing.T) {
		got := problems(t, []string{"PORTICO_HTTP_ADDR=:9000", "PORTICO_OPS_ADDR=:9000"}, noDotenv)
		if len(got) != 1 || !strings.HasPrefix(got[0], "PORTICO_OPS_ADDR: ") {
			t.Errorf("problems %v", got)
		}
		load(t, []string{"PORTICO_HTTP_ADDR=127.0.0.1:0", "PORTICO_OPS_ADDR=127.0.0.1:0"}, noDotenv)
	})
}

// inProduction returns a valid environment of the production profile, with the given
// changes applied.
func inProduction(changes ...string) []string {
	return append([]string{
		"PORTICO_PROFILE=production",
		"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=verify-full",
		"PORTICO_BROKER_URL=amqps://portico:s3cret@mq.example/portico",
		"PORTICO_REDIS_URL=rediss://:s3cret@cache.example:6379",
		"PORTICO_OBJECTS_URL=s3://tickets?region=eu-central-1",
		"PORTICO_PAYMENTS_URL=https://key:s3cret@payments.example",
		"PORTICO_SMTP_URL=smtp://portico:s3cret@mail.example",
		"PORTICO_MAIL_FROM=Box Office <tickets@example.com>",
		"PORTICO_OIDC_ISSUER=https://id.example",
	}, changes...)
}

func TestProductionSettings(t *testing.T) {
	t.Run("make only the API listen on all interfaces by default", func(t *testing.T) {
		s := load(t, inProduction(), noDotenv)
		if s.HTTPAddr != ":8080" || s.OpsAddr != "127.0.0.1:8081" {
			t.Errorf("addresses %s and %s, want :8080 and 127.0.0.1:8081", s.HTTPAddr, s.OpsAddr)
		}
		for _, want := range []string{"PORTICO_HTTP_ADDR=:8080", "PORTICO_OPS_ADDR=127.0.0.1:8081"} {
			if !slices.Contains(s.Lines(), want) {
				t.Errorf("the lines lack %s:\n%s", want, strings.Join(s.Lines(), "\n"))
			}
		}
	})

	t.Run("are read, and printed without their passwords", func(t *testing.T) {
		s := load(t, inProduction(), noDotenv)
		if lines := strings.Join(s.Lines(), "\n"); s.DatabaseURL == "" || strings.Contains(lines, "s3cret") {
			t.Errorf("the lines are\n%s", lines)
		}
	})

	t.Run("are all reported if they are missing", func(t *testing.T) {
		got := problems(t, []string{"PORTICO_PROFILE=production"}, noDotenv)
		want := []string{
			"PORTICO_BROKER_URL", "PORTICO_DATABASE_URL", "PORTICO_MAIL_FROM", "PORTICO_OBJECTS_URL",
			"PORTICO_OIDC_ISSUER", "PORTICO_PAYMENTS_URL", "PORTICO_REDIS_URL", "PORTICO_SMTP_URL",
		}
		var names []string
		for _, p := range got {
			name, advice, _ := strings.Cut(p, ": ")
			names = append(names, name)
			if !strings.Contains(advice, "such as") {
				t.Errorf("%s has no example", p)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})

	t.Run("are refused if they permit a connection to another host without TLS that verifies the host, unless PORTICO_ALLOW_INSECURE names them", func(t *testing.T) {
		for _, exposed := range []string{
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=require",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=disable",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=prefer",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=allow",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@localhost/portico?sslmode=disable&host=zeus.example",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@localhost/portico?sslmode=disable&hostaddr=10.0.0.7",
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@localhost,db.example/portico?sslmode=disable",
			"PORTICO_BROKER_URL=amqp://portico:s3cret@mq.example/",
			"PORTICO_REDIS_URL=redis://:s3cret@10.0.0.7:6379",
			"PORTICO_REDIS_URL=rediss://:s3cret@cache.example:6379?skip_verify=true",
			"PORTICO_REDIS_URL=rediss://:s3cret@cache.example:6379?db=1&skip_verify=1",
			"PORTICO_OBJECTS_URL=s3://tickets?endpoint=http://minio.example:9000&region=x",
			"PORTICO_PAYMENTS_URL=http://key:s3cret@payments.example",
			"PORTICO_OIDC_ISSUER=http://id.example",
		} {
			name, _, _ := strings.Cut(exposed, "=")
			got := problems(t, inProduction(exposed), noDotenv)
			if len(got) != 1 || !strings.HasPrefix(got[0], name+": ") || !strings.Contains(got[0], "PORTICO_ALLOW_INSECURE") || strings.Contains(got[0], "s3cret") {
				t.Errorf("%s: %v", exposed, got)
			}
			load(t, inProduction(exposed, "PORTICO_ALLOW_INSECURE=PORTICO_SMTP_URL,"+name), noDotenv)
		}
	})

	t.Run("are accepted if TLS verifies the host", func(t *testing.T) {
		for _, verified := range []string{
			"PORTICO_DATABASE_URL=postgres://portico:s3cret@db.example/portico?sslmode=verify-ca",
			"PORTICO_REDIS_URL=rediss://:s3cret@cache.example:6379?skip_verify=false",
		} {
			load(t, inProduction(verified), noDotenv)
		}
	})

	t.Run("may allow any connection to this host", func(t *testing.T) {
		load(t, inProduction("PORTICO_DATABASE_URL=postgres://u:p@[::1]/portico?sslmode=disable", "PORTICO_REDIS_URL=rediss://localhost?skip_verify=true"), noDotenv)
		for _, host := range []string{"localhost", "127.0.0.1", "127.8.9.1", "[::1]"} {
			load(t, inProduction(
				"PORTICO_DATABASE_URL=postgres://"+host+":5432/portico?sslmode=disable", "PORTICO_BROKER_URL=amqp://"+host,
				"PORTICO_REDIS_URL=redis://"+host+":6379", "PORTICO_OBJECTS_URL=s3://tickets?endpoint=http://"+host+":9000",
				"PORTICO_PAYMENTS_URL=http://"+host, "PORTICO_OIDC_ISSUER=http://"+host,
			), noDotenv)
		}
	})

	t.Run("must be valid, and are not quoted in errors", func(t *testing.T) {
		for _, wrong := range []string{
			"PORTICO_DATABASE_URL=host=db user=portico password=s3cret", "PORTICO_DATABASE_URL=mysql://portico:s3cret@db.example/portico",
			"PORTICO_BROKER_URL=https://portico:s3cret@mq.example", "PORTICO_REDIS_URL=http://:s3cret@cache.example",
			"PORTICO_OBJECTS_URL=https://s3cret@bucket.example", "PORTICO_SMTP_URL=https://portico:s3cret@mail.example",
			"PORTICO_PAYMENTS_URL=ftp://portico:s3cret@payments.example", "PORTICO_OIDC_ISSUER=https://s3cret%@id.example",
			"PORTICO_MAIL_FROM=tickets",
		} {
			name, _, _ := strings.Cut(wrong, "=")
			got := problems(t, inProduction(wrong), noDotenv)
			if len(got) != 1 || !strings.HasPrefix(got[0], name+": ") || strings.Contains(got[0], "s3cret") {
				t.Errorf("%s: %v", wrong, got)
			}
		}
	})

	t.Run("are refused if PORTICO_ALLOW_INSECURE names PORTICO_HTTP_ADDR", func(t *testing.T) {
		got := problems(t, inProduction("PORTICO_ALLOW_INSECURE=PORTICO_HTTP_ADDR"), noDotenv)
		if len(got) != 1 || !strings.HasPrefix(got[0], "PORTICO_ALLOW_INSECURE: ") {
			t.Errorf("problems %v", got)
		}
	})

	t.Run("are refused in the embedded profile", func(t *testing.T) {
		for _, setting := range inProduction("PORTICO_ALLOW_INSECURE=PORTICO_REDIS_URL")[1:] {
			name, _, _ := strings.Cut(setting, "=")
			if name == "PORTICO_PAYMENTS_URL" {
				continue
			}
			got := problems(t, []string{setting}, noDotenv)
			if len(got) != 1 || !strings.HasPrefix(got[0], name+": ") || !strings.Contains(got[0], "production") {
				t.Errorf("%s: %v", setting, got)
			}
		}
	})
}

func TestRate(t *testing.T) {
	for text, want := range map[string]settings.Rate{"1/s": {PerSecond: 1, Burst: 2}, "100/s": {PerSecond: 100, Burst: 200}, "off": {}} {
		var r settings.Rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%s is %+v, %v; want %+v", text, r, err, want)
		}
		if r.String() != text {
			t.Errorf("%s is written %s", text, r)
		}
	}
	for _, text := range []string{"", "0/s", "-1/s", "+1/s", "01/s", "1.5/s", "100", "100/m", "100/s ", " 100/s", "100/sec", "OFF", "99999999999999999999/s"} {
		var r settings.Rate
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %s", text, r)
		}
	}
}

func TestLines(t *testing.T) {
	t.Run("name every setting once, and can be read again", func(t *testing.T) {
		s := load(t, []string{
			"PORTICO_CORS_ORIGINS=https://a.example,http://[::1]:3000", "PORTICO_TRUSTED_HOSTS=a.example,[::1]",
			"PORTICO_TRUSTED_PROXIES=10.0.0.0/8,::1/128", "PORTICO_RATE_PER_ACTOR=7/s", "PORTICO_RATE_PER_ADDRESS=off",
		}, noDotenv)
		var names []string
		for _, line := range s.Lines() {
			name, _, _ := strings.Cut(line, "=")
			names = append(names, name)
		}
		if diff := cmp.Diff(settings.Names(&s), names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(s.Lines(), load(t, s.Lines(), noDotenv).Lines()); diff != "" {
			t.Errorf("read again (-first +again):\n%s", diff)
		}
		if want := "PORTICO_TRUSTED_HOSTS=a.example,[::1]"; !slices.Contains(s.Lines(), want) {
			t.Errorf("the lines lack %s:\n%s", want, strings.Join(s.Lines(), "\n"))
		}
	})

	t.Run("mask the signing key", func(t *testing.T) {
		key := "https://a:b@" + strings.Repeat("k", 32)
		lines := load(t, []string{"PORTICO_PAYMENTS_SIGNING_KEY=" + key}, noDotenv).Lines()
		if want := "PORTICO_PAYMENTS_SIGNING_KEY=xxxxx"; !slices.Contains(lines, want) {
			t.Errorf("the lines lack %s:\n%s", want, strings.Join(lines, "\n"))
		}
		if got := load(t, nil, noDotenv).Lines(); !slices.Contains(got, "PORTICO_PAYMENTS_SIGNING_KEY=") {
			t.Errorf("a key that is not set is masked:\n%s", strings.Join(got, "\n"))
		}
		short := problems(t, []string{"PORTICO_PAYMENTS_SIGNING_KEY=too-short"}, noDotenv)
		if len(short) != 1 || strings.Contains(short[0], "too-short") || !strings.Contains(short[0], "32 bytes") {
			t.Errorf("the problems of a short key are %q, want one that asks for 32 bytes and omits the key", short)
		}
	})

	t.Run("mask what may be secret in a URL", func(t *testing.T) {
		for _, test := range []struct{ name, url, want string }{
			{"no secret", "https://payments.example/v1?b=1&a=%20;2", "https://payments.example/v1?b=1&a=%20;2"},
			{"a password", "https://portico:secret@payments.example/v1?a=b", "https://portico:xxxxx@payments.example/v1?a=b"},
			{"a user without a password", "https://secret@payments.example", "https://xxxxx@payments.example"},
			{"parameters", "https://payments.example?b=1&password=secret&Api_Key=secret&a=2", "https://payments.example?b=1&password=xxxxx&Api_Key=xxxxx&a=2"},
			{"a parameter with a semicolon", "https://payments.example?api_key=secret;secret&a=b", "https://payments.example?api_key=xxxxx&a=b"},
			{"a parameter after a semicolon", "https://payments.example?a=b;api_key=secret", "https://payments.example?a=b;api_key=xxxxx"},
			{"a parameter with an escaped name", "https://payments.example?%6Bey=secret", "https://payments.example?%6Bey=xxxxx"},
			{"a parameter in the path", "https://payments.example/v1;token=secret/charges?a=b", "https://payments.example/v1;token=xxxxx"},
			{"a fragment", "https://payments.example/v1#secret", "https://payments.example/v1#xxxxx"},
			{"an unescaped # in a password", "https://portico:1#secret@payments.example", "xxxxx"},
			{"an unescaped ? in a password", "https://portico:1?secret@payments.example", "xxxxx"},
			{"an unescaped / in a password", "https://portico:1/secret@payments.example", "xxxxx"},
			{"a URL in a parameter", "https://payments.example?proxy=https%3A%2F%2Fportico%3Asecret%40proxy.example", "xxxxx"},
		} {
			t.Run(test.name, func(t *testing.T) {
				s := load(t, []string{"PORTICO_PAYMENTS_URL=" + test.url}, noDotenv)
				if want := "PORTICO_PAYMENTS_URL=" + test.want; !slices.Contains(s.Lines(), want) {
					t.Errorf("the lines lack %s:\n%s", want, strings.Join(s.Lines(), "\n"))
				}
			})
		}
	})

	t.Run("mask what may be secret in other settings", func(t *testing.T) {
		for _, test := range []struct{ name, value, want string }{
			{"a name", "portico", "portico"},
			{"a URN", "urn:portico:api", "urn:portico:api"},
			{"an address", "Box #1 <tickets@example.com>", "Box #1 <tickets@example.com>"},
			{"an opaque URL", "amqp:portico:secret@mq.example", "xxxxx"},
			{"a URL that cannot be parsed", "https://portico:secret%@payments.example", "xxxxx"},
		} {
			t.Run(test.name, func(t *testing.T) {
				s := load(t, []string{"PORTICO_OIDC_AUDIENCE=" + test.value}, noDotenv)
				if want := "PORTICO_OIDC_AUDIENCE=" + test.want; !slices.Contains(s.Lines(), want) {
					t.Errorf("the lines lack %s:\n%s", want, strings.Join(s.Lines(), "\n"))
				}
			})
		}
	})
}
