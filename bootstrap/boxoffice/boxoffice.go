// Package boxoffice assembles the box office from the ports that a profile provides.
package boxoffice

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"example.com/portico/adapters/inprocess/showcache"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/pdf/ticketpdf"
	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/rest/boxofficeapi"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/system/boxofficeids"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker"
	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/application"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/config"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// Parts holds everything that a profile provides.
type Parts struct {
	Stores     outbound.Stores
	UnitOfWork outbound.UnitOfWork
	SeatMaps   outbound.SeatMaps
	Notifier   outbound.Notifier
	Objects    platform.Objects
	Outbox     platform.Outbox
	Publisher  platform.Publisher
	Subscriber platform.Subscriber
	Locker     platform.Locker
	Tokens     platform.Tokens
	Limiter    platform.RateLimiter
	Clock      platform.Clock
	Gateway    GatewayURL
	// Committed receives a signal when this process may have stored events.
	Committed <-chan struct{}
	Needs     bootstrap.Needs
}

// GatewayURL is the URL of the payment gateway.
type GatewayURL string

// New returns the use cases, and the service that offers them.
func New(p Parts, c config.Config, t *telemetry.Telemetry) (inbound.UseCases, *bootstrap.Service, error) {
	if err := checkComplete(p); err != nil {
		return inbound.UseCases{}, nil, err
	}
	gateway, err := newGateway(p.Gateway, c, t)
	if err != nil {
		return inbound.UseCases{}, nil, err
	}
	needed := application.Ports{
		Stores:      p.Stores,
		UnitOfWork:  p.UnitOfWork,
		ShowsOnSale: showcache.New(p.Stores.Shows),
		SeatMaps:    p.SeatMaps,
		Gateway:     gateway,
		Printer:     ticketpdf.Printer{},
		Notifier:    p.Notifier,
		IDs:         boxofficeids.IDs{},
		Objects:     p.Objects,
		Clock:       p.Clock,
	}
	useCases := application.New(needed, application.Options{
		HoldFor: c.HoldFor, PayWithin: c.PayWithin, Observer: t, MaxDrafts: c.Drafts,
		Limits: booking.Limits{Holds: c.HoldsPerShow, Seats: c.SeatsPerShow, HoldsPerMinute: c.HoldsPerMinute, Payments: c.Payments},
	})
	if err := checkComplete(needed, useCases); err != nil {
		return inbound.UseCases{}, nil, err
	}

	api := boxofficeapi.New(useCases, p.Tokens, t.InstrumentRateLimiter(p.Limiter), rest.Config{
		CORSOrigins:    c.CORSOrigins,
		TrustedHosts:   c.TrustedHosts,
		TrustedProxies: c.TrustedProxies,
		HideDocs:       !c.Docs,
		Compress:       c.Gzip,
		AddressRate:    platform.Rate(c.AddressRate),
		ActorRate:      platform.Rate(c.ActorRate),
		Timeout:        c.RequestTimeout,
		Observe:        t.ObserveRequest,
	}, t.Report)

	relay := worker.Relay{Outbox: t.InstrumentOutbox(p.Outbox), Publisher: t.InstrumentPublisher(p.Publisher)}
	return useCases, &bootstrap.Service{
		API: api,
		Worker: &worker.Worker{
			Subscriber: p.Subscriber,
			Reactions:  boxofficejobs.Reactions(useCases),
			Jobs:       append(boxofficejobs.Jobs(useCases), relay.Job(p.Committed), worker.PruneInbox(p.Stores.Inbox, p.Clock)),
			Locks:      p.Locker,
			Report:     t.Report,
		},
		Needs: p.Needs,
	}, nil
}

// checkComplete returns an error that names all nil fields of the given structs. Without
// this check, the first request that needs such a field would fail.
func checkComplete(structs ...any) error {
	var missing []string
	for _, s := range structs {
		missing = append(missing, nilFields(reflect.ValueOf(s))...)
	}
	if len(missing) > 0 {
		return fmt.Errorf("the box office was put together without %s", strings.Join(missing, ", "))
	}
	return nil
}

func nilFields(s reflect.Value) (names []string) {
	for field, value := range s.Fields() {
		if field.Type.Kind() == reflect.Struct {
			names = append(names, nilFields(value)...)
			continue
		}
		if value.Kind() == reflect.Interface {
			value = value.Elem() // which may be a nil pointer
		}
		switch value.Kind() {
		case reflect.Invalid:
			names = append(names, field.Name)
		case reflect.Pointer, reflect.Func, reflect.Chan:
			if value.IsNil() {
				names = append(names, field.Name)
			}
		}
	}
	return names
}

// NewForOperators returns the use cases of operators. They need only the database and the
// payment gateway.
func NewForOperators(stores outbound.Stores, work outbound.UnitOfWork, gateway GatewayURL, c config.Config) (inbound.OperatorUseCases, error) {
	client, err := newClient(gateway, c)
	if err != nil {
		return inbound.OperatorUseCases{}, err
	}
	return application.NewForOperators(application.OperatorPorts{
		Bookings: stores.Bookings, UnitOfWork: work, Gateway: client, Clock: system.Clock{},
	}, c.PayWithin), nil
}

func newClient(url GatewayURL, c config.Config) (*payments.Client, error) {
	var calls payments.Config
	if c.SigningKey != "" {
		calls.Sign = func(r *http.Request, body []byte) { payments.Sign(r, body, c.SigningKey, time.Now()) }
	}
	client, err := payments.NewClient(string(url), calls)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_PAYMENTS_URL: %w", err)
	}
	return client, nil
}

func newGateway(url GatewayURL, c config.Config, t *telemetry.Telemetry) (outbound.PaymentGateway, error) {
	client, err := newClient(url, c)
	if err != nil {
		return nil, err
	}
	isOpen := func(state func() string) func() float64 {
		return func() float64 {
			if state() == "closed" {
				return 0
			}
			return 1
		}
	}
	t.RegisterGauge("portico_payments_breaker_open", "1 while the circuit breaker for charges and refunds is open or half-open, otherwise 0.", isOpen(client.ChargesBreaker))
	t.RegisterGauge("portico_payments_lookups_breaker_open", "1 while the circuit breaker for lookups of charges is open or half-open, otherwise 0.", isOpen(client.LookupsBreaker))
	return client, nil
}

// RetryPolicy returns a policy that retries a failed event after half a second, and
// doubles the delay after each attempt, up to a minute. The default of ten attempts takes
// about three minutes, so short outages of a gateway or a mail server need no operator.
func RetryPolicy(c config.Config) platform.RetryPolicy {
	return platform.RetryPolicy{Attempts: c.EventAttempts, FirstDelay: 500 * time.Millisecond, MaxDelay: time.Minute}
}

// Trust returns the rules for accepting tokens of an issuer.
func Trust(issuer string, c config.Config) oidc.Config {
	return oidc.Config{Issuer: issuer, Audience: c.Audience, RolesClaim: c.RolesClaim, OrganisationClaim: c.OrgClaim}
}
