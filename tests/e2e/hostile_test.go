package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/testkit"
)

// The tests in this file check that one hostile customer cannot harm the others.

// defaultLimits restores the limits that the tests usually disable.
var defaultLimits = []string{
	"PORTICO_HOLDS_PER_SHOW=", "PORTICO_SEATS_PER_SHOW=", "PORTICO_HOLDS_PER_MINUTE=", "PORTICO_PAYMENTS_IN_PROGRESS=",
}

func TestOneCustomerCannotHoldAWholeShow(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, defaultLimits...)
		show := box.organiser().openedShow(newShow())
		mallory := box.customer("mallory@example.com")
		answers := make([]*harness.Answer, 12)
		testkit.RunConcurrently(len(answers), func(i int) {
			answers[i] = mallory.tryHold(uuid.NewString(), show.ID, fmt.Sprint("A-", i+1))
		})
		held := 0
		for _, a := range answers {
			if a.Status == http.StatusCreated {
				held++
				continue
			}
			a.Problem(409, "limit-reached")
		}
		if held != 4 {
			t.Errorf("%d bookings were made, want 4", held)
		}
		box.customer("bob@example.com").hold(show.ID, "B-1")
	})
}

func TestABookingTakesTenAttemptsToPay(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		mallory := box.customer("mallory@example.com")
		b := mallory.hold(box.organiser().openedShow(newShow()).ID, "A-1")
		for attempt := 1; attempt <= 10; attempt++ {
			mallory.pay(b.ID, fmt.Sprint("tok_stolen_", attempt))
			mallory.becomes(b.ID, client.BookingStatusHeld)
		}
		mallory.tryPay(b.ID, "tok_ok").Problem(409, "too-many-attempts")
	})
}

// TestSlowPaymentsOfOneCustomerDoNotDelayOthers makes many payments for which the gateway
// never answers. They keep handlers busy for 12 seconds.
func TestSlowPaymentsOfOneCustomerDoNotDelayOthers(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, defaultLimits...)
		mallory, bob := box.customer("mallory@example.com"), box.customer("bob@example.com")
		var unanswered []string
		for range 4 {
			show := box.organiser().openedShow(newShow())
			for seat := 1; seat <= 4; seat++ {
				b := mallory.hold(show.ID, fmt.Sprint("A-", seat))
				if a := mallory.tryPay(b.ID, "tok_timeout"); a.Status != http.StatusAccepted {
					a.Problem(409, "limit-reached")
					continue
				}
				unanswered = append(unanswered, b.ID)
			}
		}
		if len(unanswered) != 2 {
			t.Errorf("%d payments are in progress, want 2", len(unanswered))
		}
		bob.bought(box.organiser().openedShow(newShow()).ID, "A-1")
		for _, id := range unanswered {
			if got := mallory.booking(id).Status; got != client.BookingStatusPaying {
				t.Errorf("a payment without an answer is %s after bob's payment, want paying", got)
			}
		}
	})
}

// TestALookupThatCannotBeReadDoesNotHarmOthers loses the answer to a charge, and makes
// every lookup of that charge too long to read.
func TestALookupThatCannotBeReadDoesNotHarmOthers(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		gateway := simulateUnreadableLookups(t)
		box := open(t, paymentsAt(gateway.url), "PORTICO_PAY_WITHIN=3s")
		show := box.organiser().openedShow(newShow())
		mallory, bob := box.customer("mallory@example.com"), box.customer("bob@example.com")
		poisoned := mallory.hold(show.ID, "A-1")
		mallory.pay(poisoned.ID, "tok_timeout")
		harness.Eventually(t, time.Minute, "ten failed lookups", func() bool { return gateway.lookups.Load() >= 10 })

		for seat := 2; seat <= 6; seat++ {
			bob.bought(show.ID, fmt.Sprint("A-", seat))
		}
		if got := mallory.booking(poisoned.ID).Status; got != client.BookingStatusPaying {
			t.Errorf("the booking without an outcome is %s, want paying", got)
		}
		for _, breaker := range []string{"portico_payments_breaker_open", "portico_payments_lookups_breaker_open"} {
			if got := box.Metric(breaker); got > 0 {
				t.Errorf("%s is %v, want 0", breaker, got)
			}
		}
	})
}

// unreadableLookups is a payment gateway whose answers to lookups are too long to read.
type unreadableLookups struct {
	url, ledger string
	lookups     atomic.Int32
}

func simulateUnreadableLookups(t *testing.T) *unreadableLookups {
	t.Helper()
	g := &unreadableLookups{ledger: filepath.Join(t.TempDir(), ledgerFile)}
	simulator, err := payments.OpenSimulator(g.ledger, "key")
	testkit.Must(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			g.lookups.Add(1)
			_, _ = w.Write(bytes.Repeat([]byte(" "), 2<<20)) // the client stops reading
			return
		}
		simulator.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { simulator.Close(); server.Close() })
	g.url = simulator.URL(server.Listener.Addr().String())
	return g
}

// TestCostlyBodiesAreRefused sends the largest bodies with the most errors.
func TestCostlyBodiesAreRefused(t *testing.T) {
	box := openEmbedded(t, "PORTICO_RATE_PER_ACTOR=off")
	huge := `{"rows":[` + strings.Repeat(`{},`, 300_000) + `{}]}`
	box.customer("mallory@example.com").Call("POST", "/api/v1/shows", huge).Problem(403, "forbidden")
	box.organiser().Call("POST", "/api/v1/shows", huge).Problem(413, "request-too-large")
	box.organiser().Call("POST", "/api/v1/shows", huge[:200_000]).Problem(400, "malformed-request")
	a := box.organiser().Call("POST", "/api/v1/shows", `{"rows":[`+strings.Repeat(`{},`, 3_000)+`{}]}`)
	a.Problem(422, "invalid")
	if len(a.Body) > 64<<10 {
		t.Errorf("the problem has %d bytes, want at most 64 KiB", len(a.Body))
	}
	box.customer("mallory@example.com").Call("POST", "/api/v1/bookings", `{"seats":[`+strings.Repeat("1,", 3_000)+`1]}`,
		"Idempotency-Key", "key-1").Problem(413, "request-too-large")
}
