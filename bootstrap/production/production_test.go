package production

import (
	"io"
	"testing"

	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap/config"
	"example.com/portico/tests/testkit"
)

// TestTheProfileProvidesEveryPort relies on boxoffice.New, which refuses a nil port or
// use case. The test needs no servers, because adapters connect on first use.
func TestTheProfileProvidesEveryPort(t *testing.T) {
	c, err := config.Load([]string{
		"PORTICO_PROFILE=production",
		"PORTICO_DATABASE_URL=postgres://db.invalid/portico?sslmode=verify-full",
		"PORTICO_BROKER_URL=amqps://mq.invalid/portico",
		"PORTICO_REDIS_URL=rediss://cache.invalid:6379",
		"PORTICO_OBJECTS_URL=s3://tickets?region=eu-central-1",
		"PORTICO_SMTP_URL=smtps://mail.invalid:465",
		"PORTICO_MAIL_FROM=tickets@example.com",
		"PORTICO_OIDC_ISSUER=https://id.invalid",
		"PORTICO_PAYMENTS_URL=https://payments.invalid",
	}, "no-such-file", UnverifiedHosts)
	testkit.Must(t, err)
	tel, err := telemetry.New(io.Discard, "info")
	testkit.Must(t, err)
	t.Cleanup(tel.Close)

	svc, cleanup, err := initialize(t.Context(), c, tel, system.Clock{})
	testkit.Must(t, err)
	t.Cleanup(cleanup)
	if svc.API == nil || svc.Worker == nil || len(svc.Needs.API) == 0 || len(svc.Needs.Worker) == 0 {
		t.Errorf("got %+v, want an API, a worker and what they need", svc)
	}
}
