package bootstrap

import (
	"fmt"
	"net/http"
	"time"

	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/application"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// gatewayURL is where the payment gateway is.
type gatewayURL string

// stored is woken when events were stored by this process.
type stored <-chan struct{}

func newGateway(url gatewayURL, t *telemetry.Telemetry) (outbound.PaymentGateway, error) {
	client, err := payments.NewClient(string(url), payments.Config{})
	if err != nil {
		return nil, fmt.Errorf("PORTICO_PAYMENTS_URL: %w", err)
	}
	t.Watch("portico_payments_breaker_open", "1 while the payment gateway is not asked because it failed too often, otherwise 0.", func() float64 {
		if client.State() == "closed" {
			return 0
		}
		return 1
	})
	return client, nil
}

// retryPolicy waits half a second after the first attempt and twice as long
// after each that follows. Ten attempts take about four minutes: a gateway or a
// mail server may be away for that long before somebody has to look.
func retryPolicy(s Settings) platform.RetryPolicy {
	return platform.RetryPolicy{Attempts: s.EventAttempts, FirstDelay: 500 * time.Millisecond, MaxDelay: time.Minute}
}

func trustIn(issuer string, s Settings) oidc.Config {
	return oidc.Config{Issuer: issuer, Audience: s.Audience, RolesClaim: s.RolesClaim, OrganisationClaim: s.OrgClaim}
}

func newUseCases(p application.Ports, s Settings, t *telemetry.Telemetry) inbound.UseCases {
	return application.New(p, application.Options{HoldFor: s.HoldFor, PayWithin: s.PayWithin}).Observed(t)
}

func newAPI(s Settings, uc inbound.UseCases, tokens platform.Tokens, limiter platform.RateLimiter, t *telemetry.Telemetry) http.Handler {
	return rest.New(uc, tokens, t.CountLimiter(limiter), rest.Config{
		CORSOrigins:    s.CORSOrigins,
		TrustedHosts:   s.TrustedHosts,
		TrustedProxies: s.TrustedProxies,
		Compress:       s.Gzip,
		AddressRate:    platform.Rate(s.AddressRate),
		ActorRate:      platform.Rate(s.ActorRate),
		Timeout:        s.RequestTimeout,
	}, t.Report)
}

func newWorker(uc inbound.UseCases, relay worker.Relay, subscriber platform.Subscriber, wake stored, locks platform.Locker, t *telemetry.Telemetry) *worker.Worker {
	return &worker.Worker{
		Subscriber: subscriber,
		Reactions:  boxofficejobs.Reactions(uc),
		Jobs:       append(boxofficejobs.Jobs(uc), relay.Job(wake)),
		Locks:      locks,
		Report:     t.Report,
	}
}

func newDemo(uc inbound.UseCases, issuer *oidc.Issuer, clock platform.Clock) *demo {
	return &demo{CreateShow: uc.CreateShow, OpenShow: uc.OpenShow, ListShows: uc.ListShows, Issuer: issuer, Clock: clock}
}
