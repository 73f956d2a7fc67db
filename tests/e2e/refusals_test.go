package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// TestRefusalsChangeNothing sends requests that the box office must refuse, and compares
// what the API returns before and after each of them. There are draft, opened, cancelled
// and started shows, and confirmed, expired and cancelled bookings.
func TestRefusalsChangeNothing(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_HOLD_FOR=5s", "PORTICO_RATE_PER_ACTOR=off")
		organiser := box.organiser()
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		stranger := box.as("organiser", "oscar", "odeon")

		started := organiser.openedShow(with(newShow(), "startsAt", time.Now().Add(8*time.Second).UTC().Format(time.RFC3339Nano)))
		seen := ada.bought(started.ID, "A-1")
		draft := harness.Decode[client.Show](organiser.Call("POST", "/api/v1/shows", newShow()).Want(201))
		opened := organiser.openedShow(newShow())
		cancelled := organiser.openedShow(newShow())
		organiser.Call("POST", "/api/v1/shows/"+cancelled.ID+"/cancel", nil).Want(202)
		expired := ada.hold(opened.ID, "A-1")
		ada.becomes(expired.ID, client.BookingStatusExpired)
		harness.Eventually(t, 20*time.Second, "the show has started", func() bool { return time.Now().After(started.StartsAt) })
		confirmed := ada.bought(opened.ID, "A-2")
		cancelledHold := ada.hold(opened.ID, "A-3")
		ada.Call("POST", "/api/v1/bookings/"+cancelledHold.ID+"/cancel", nil).Want(200)
		ada.tickets(confirmed.ID)
		ada.printedCodes(confirmed.ID)
		ada.seatsBecome(opened.ID, client.SeatStatusSold, "A-2")
		ada.seatsBecome(opened.ID, client.SeatStatusFree, "A-1", "A-3")

		body := func(seats ...string) map[string]any {
			return map[string]any{"showId": opened.ID, "seats": append([]string{}, seats...)}
		}
		key := func() []string { return []string{"Idempotency-Key", uuid.NewString()} }
		var eleven []string
		for i := range 11 {
			eleven = append(eleven, fmt.Sprintf("A-%d", i+1))
		}
		tier := func(price any) []any { return []any{map[string]any{"name": "stalls", "price": price}} }
		row := func(name string, seats int, tier string) map[string]any {
			return map[string]any{"name": name, "seats": seats, "tier": tier}
		}
		var vast []any
		for i := range 200 {
			vast = append(vast, row(fmt.Sprintf("R%d", i), 500, "stalls"))
		}
		huge := `{"showId": "` + strings.Repeat("x", 1<<20) + `", "seats": ["A-1"]}`
		anonymous := box.anonymous()

		cases := []struct {
			name    string
			who     *caller
			method  string
			path    string
			body    any
			headers []string
			status  int
			slug    string
			pointer string
		}{
			{"malformed JSON", ada, "POST", "/bookings", `{"showId": `, key(), 400, "malformed-request", ""},
			{"two JSON documents", ada, "POST", "/bookings", `{"showId":"` + opened.ID + `","seats":["A-5"]} {}`, key(), 400, "malformed-request", ""},
			{"an unknown field", ada, "POST", "/bookings", map[string]any{"showId": opened.ID, "seats": []string{"A-5"}, "price": 1}, key(), 400, "malformed-request", "/price"},
			{"a value of the wrong type", ada, "POST", "/bookings", map[string]any{"showId": opened.ID, "seats": "A-5"}, key(), 400, "malformed-request", "/seats"},
			{"no body", ada, "POST", "/bookings", nil, key(), 400, "malformed-request", ""},
			{"another content type", ada, "POST", "/bookings", `<a/>`, append(key(), "Content-Type", "application/xml"), 415, "unsupported-media-type", ""},
			{"a body over the limit", ada, "POST", "/bookings", huge, key(), 413, "request-too-large", ""},
			{"an unknown path", ada, "GET", "/nothing", nil, nil, 404, "not-found", ""},
			{"an unknown method", ada, "DELETE", "/bookings", nil, nil, 405, "method-not-allowed", ""},

			{"no token", anonymous, "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"another authentication scheme", anonymous, "POST", "/bookings", body("A-5"), append(key(), "Authorization", "Basic YTpi"), 401, "unauthenticated", ""},
			{"an expired token", box.withClaims(t, func(c harness.Claims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token for another audience", box.withClaims(t, func(c harness.Claims) { c["aud"] = "elsewhere" }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token of another issuer", box.withClaims(t, func(c harness.Claims) { c["iss"] = "https://elsewhere.example" }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a forged token", box.withToken(harness.Forge(t, ada.Token)), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token with alg none", box.withToken(harness.Unsign(t, ada.Token)), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"an invalid token where none is needed", box.withToken(harness.Forge(t, ada.Token)), "GET", "/shows", nil, nil, 401, "unauthenticated", ""},

			{"an organiser who books", organiser, "POST", "/bookings", body("A-5"), key(), 403, "forbidden", ""},
			{"a customer who makes a show", ada, "POST", "/shows", newShow(), nil, 403, "forbidden", ""},
			{"a customer who opens a show", ada, "POST", "/shows/" + draft.ID + "/open", nil, nil, 403, "forbidden", ""},
			{"a customer who cancels a show", ada, "POST", "/shows/" + opened.ID + "/cancel", nil, nil, 403, "forbidden", ""},
			{"a customer at the door", ada, "POST", "/admissions", map[string]any{"code": "X"}, nil, 403, "forbidden", ""},
			{"door staff who look at bookings", box.door(), "GET", "/bookings", nil, nil, 403, "forbidden", ""},
			{"an organiser without an organisation", box.as("organiser", "olga", ""), "POST", "/shows", newShow(), nil, 403, "forbidden", ""},

			{"someone else's booking", bob, "GET", "/bookings/" + confirmed.ID, nil, nil, 404, "not-found", ""},
			{"paying for someone else's booking", bob, "POST", "/bookings/" + cancelledHold.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 404, "not-found", ""},
			{"cancelling someone else's booking", bob, "POST", "/bookings/" + confirmed.ID + "/cancel", nil, nil, 404, "not-found", ""},
			{"someone else's tickets", bob, "GET", "/bookings/" + confirmed.ID + "/tickets", nil, nil, 404, "not-found", ""},
			{"someone else's PDF", bob, "GET", "/bookings/" + confirmed.ID + "/tickets.pdf", nil, nil, 404, "not-found", ""},
			{"a booking of another organisation's show", stranger, "GET", "/bookings/" + confirmed.ID, nil, nil, 404, "not-found", ""},
			{"bookings of another organisation's show", stranger, "GET", "/bookings?showId=" + opened.ID, nil, nil, 404, "not-found", ""},
			{"another organisation's draft", stranger, "GET", "/shows/" + draft.ID, nil, nil, 404, "not-found", ""},
			{"seats of another organisation's draft", stranger, "GET", "/shows/" + draft.ID + "/seats", nil, nil, 404, "not-found", ""},
			{"opening another organisation's draft", stranger, "POST", "/shows/" + draft.ID + "/open", nil, nil, 404, "not-found", ""},
			{"cancelling another organisation's show", stranger, "POST", "/shows/" + opened.ID + "/cancel", nil, nil, 404, "not-found", ""},
			{"a ticket at the door of another organisation", box.as("door", "dan", "odeon"), "POST", "/admissions", map[string]any{"code": ada.tickets(confirmed.ID)[0].Code}, nil, 404, "not-found", ""},

			{"an unknown show", ada, "GET", "/shows/" + uuid.NewString(), nil, nil, 404, "not-found", ""},
			{"an invalid show id", ada, "GET", "/shows/nonsense", nil, nil, 404, "not-found", ""},
			{"a customer who opens an invalid show id", ada, "POST", "/shows/nonsense/open", nil, nil, 403, "forbidden", ""},
			{"a hold for an invalid show id", ada, "POST", "/bookings", map[string]any{"showId": "nonsense", "seats": []string{"A-1"}}, key(), 422, "invalid", "/showId"},
			{"the bookings of an invalid show id", organiser, "GET", "/bookings?showId=nonsense", nil, nil, 422, "invalid", "/showId"},
			{"seats of an unknown show", ada, "GET", "/shows/" + uuid.NewString() + "/seats", nil, nil, 404, "not-found", ""},
			{"a hold for an unknown show", ada, "POST", "/bookings", map[string]any{"showId": uuid.NewString(), "seats": []string{"A-1"}}, key(), 404, "not-found", ""},
			{"an unknown booking", ada, "GET", "/bookings/" + uuid.NewString(), nil, nil, 404, "not-found", ""},
			{"paying for an unknown booking", ada, "POST", "/bookings/" + uuid.NewString() + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 404, "not-found", ""},
			{"an unknown ticket", box.door(), "POST", "/admissions", map[string]any{"code": "NOSUCHTICKET"}, nil, 404, "not-found", ""},
			{"tickets of a cancelled hold", ada, "GET", "/bookings/" + cancelledHold.ID + "/tickets.pdf", nil, nil, 404, "not-found", ""},
			{"an unknown seat", ada, "POST", "/bookings", body("A-5", "Z-99"), key(), 422, "invalid", "/seats/1"},
			{"a seat with a leading zero", ada, "POST", "/bookings", body("A-05"), key(), 422, "invalid", "/seats/0"},
			{"a seat twice", ada, "POST", "/bookings", body("A-5", "A-5"), key(), 422, "invalid", "/seats/1"},
			{"no seats", ada, "POST", "/bookings", body(), key(), 422, "invalid", "/seats"},
			{"more than ten seats", ada, "POST", "/bookings", body(eleven...), key(), 422, "invalid", "/seats"},
			{"a missing show", ada, "POST", "/bookings", map[string]any{"seats": []string{"A-5"}}, key(), 422, "invalid", "/showId"},
			{"a seat that is sold", bob, "POST", "/bookings", body("A-2", "A-5"), key(), 409, "seats-taken", ""},

			{"a hold for a draft", ada, "POST", "/bookings", map[string]any{"showId": draft.ID, "seats": []string{"A-1"}}, key(), 404, "not-found", ""},
			{"a hold for a cancelled show", ada, "POST", "/bookings", map[string]any{"showId": cancelled.ID, "seats": []string{"A-1"}}, key(), 409, "show-not-on-sale", ""},
			{"a hold for a started show", ada, "POST", "/bookings", map[string]any{"showId": started.ID, "seats": []string{"A-2"}}, key(), 409, "show-not-on-sale", ""},
			{"opening a cancelled show", organiser, "POST", "/shows/" + cancelled.ID + "/open", nil, nil, 409, "show-not-on-sale", ""},
			{"cancelling a started show", organiser, "POST", "/shows/" + started.ID + "/cancel", nil, nil, 409, "show-not-on-sale", ""},
			{"paying for an expired hold", ada, "POST", "/bookings/" + expired.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "hold-expired", ""},
			{"paying twice", ada, "POST", "/bookings/" + confirmed.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "booking-not-payable", ""},
			{"paying for a cancelled booking", ada, "POST", "/bookings/" + cancelledHold.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "booking-not-payable", ""},
			{"paying with an empty token", ada, "POST", "/bookings/" + cancelledHold.ID + "/payment", map[string]any{"paymentToken": ""}, nil, 422, "invalid", "/paymentToken"},
			{"cancelling after the show has started", ada, "POST", "/bookings/" + seen.ID + "/cancel", nil, nil, 409, "booking-not-cancellable", ""},

			{"a missing idempotency key", ada, "POST", "/bookings", body("A-5"), nil, 400, "malformed-request", "/Idempotency-Key"},
			{"an idempotency key that is too long", ada, "POST", "/bookings", body("A-5"), []string{"Idempotency-Key", strings.Repeat("k", 256)}, 422, "invalid", "/Idempotency-Key"},
			{"a bad cursor of shows", ada, "GET", "/shows?cursor=%21%21", nil, nil, 422, "invalid", "/cursor"},
			{"a bad cursor of bookings", ada, "GET", "/bookings?cursor=abc", nil, nil, 422, "invalid", "/cursor"},
			{"a limit of 0", ada, "GET", "/shows?limit=0", nil, nil, 422, "invalid", "/limit"},
			{"a limit of 101", ada, "GET", "/bookings?limit=101", nil, nil, 422, "invalid", "/limit"},
			{"a limit that is not a number", ada, "GET", "/shows?limit=many", nil, nil, 400, "malformed-request", "/limit"},

			{"a show with no rows", organiser, "POST", "/shows", with(newShow(), "rows", []any{}), nil, 422, "invalid", "/rows"},
			{"a show with no tiers", organiser, "POST", "/shows", with(newShow(), "tiers", []any{}), nil, 422, "invalid", "/tiers"},
			{"duplicate rows", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 1, "stalls"), row("A", 2, "stalls")}), nil, 422, "invalid", "/rows/1/name"},
			{"a row with a dash in its name", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A-1", 1, "stalls")}), nil, 422, "invalid", "/rows/0/name"},
			{"a row without seats", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 0, "stalls")}), nil, 422, "invalid", "/rows/0/seats"},
			{"an unknown tier", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 1, "royal")}), nil, 422, "invalid", "/rows/0/tier"},
			{"duplicate tiers", organiser, "POST", "/shows", with(newShow(), "tiers", append(newShow()["tiers"].([]any), tier(1)...)), nil, 422, "invalid", "/tiers/2/name"},
			{"a negative price", organiser, "POST", "/shows", with(newShow(), "tiers", tier(-1)), nil, 422, "invalid", "/tiers/0/price"},
			{"prices whose total overflows", organiser, "POST", "/shows", with(with(newShow(), "tiers", tier(int64(1<<53-1))), "rows", []any{row("A", 500, "stalls"), row("B", 500, "stalls"), row("C", 500, "stalls")}), nil, 422, "invalid", "/tiers"},
			{"a price that overflows", organiser, "POST", "/shows", with(newShow(), "tiers", tier(json.Number("9223372036854775808"))), nil, 422, "invalid", "/tiers/0/price"},
			{"a price with decimals", organiser, "POST", "/shows", with(newShow(), "tiers", tier(45.5)), nil, 400, "malformed-request", "/tiers/0/price"},
			{"an unknown currency", organiser, "POST", "/shows", with(newShow(), "currency", "XXX"), nil, 422, "invalid", "/currency"},
			{"a start in the past", organiser, "POST", "/shows", with(newShow(), "startsAt", "2001-01-01T00:00:00Z"), nil, 422, "invalid", "/startsAt"},
			{"a start that is not a time", organiser, "POST", "/shows", with(newShow(), "startsAt", "tomorrow"), nil, 422, "invalid", "/startsAt"},
			{"an empty title", organiser, "POST", "/shows", with(newShow(), "title", ""), nil, 422, "invalid", "/title"},
			{"a blank title", organiser, "POST", "/shows", with(newShow(), "title", " "), nil, 422, "invalid", "/title"},
			{"a title of two lines", organiser, "POST", "/shows", with(newShow(), "title", "The\nTempest"), nil, 422, "invalid", "/title"},
			{"a venue of 201 characters", organiser, "POST", "/shows", with(newShow(), "venue", strings.Repeat("ü", 201)), nil, 422, "invalid", "/venue"},
			{"100,000 seats", organiser, "POST", "/shows", with(newShow(), "rows", vast), nil, 422, "invalid", "/rows"},
		}

		snapshot := func() string {
			return box.snapshot(ada, bob, organiser, stranger, draft.ID, opened.ID, cancelled.ID, started.ID)
		}
		before := snapshot()
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				a := c.who.Call(c.method, "/api/v1"+c.path, c.body, c.headers...)
				a.T = t
				p := a.Problem(c.status, c.slug)
				checkPointer(t, p, c.pointer)
				switch c.status {
				case http.StatusUnauthorized:
					if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
						t.Errorf("WWW-Authenticate is %q, want Bearer", a.Header.Get("WWW-Authenticate"))
					}
					if c.who.Token != "" && bytes.Contains(a.Body, []byte(c.who.Token)) {
						t.Errorf("the answer contains the token: %s", a.Body)
					}
				case http.StatusMethodNotAllowed:
					if a.Header.Get("Allow") == "" {
						t.Error("Allow is empty on a 405, want the methods")
					}
				}
				if after := snapshot(); after != before {
					t.Errorf("the state is %s, want it unchanged:\n%s", after, before)
				}
			})
		}
		t.Run("a refusal that names the sold seat", func(t *testing.T) {
			a := bob.tryHold(uuid.NewString(), opened.ID, "A-5", "A-2")
			a.Problem(409, "seats-taken")
			p := harness.Decode[client.Problem](a)
			if p.Taken == nil || fmt.Sprint(*p.Taken) != "[A-2]" {
				t.Errorf("taken seats are %v, want [A-2]", p.Taken)
			}
		})
	})
}

// snapshot returns the shows, seats and bookings that the API returns to these callers.
func (b *boxOffice) snapshot(ada, bob, organiser, stranger *caller, shows ...string) string {
	b.T.Helper()
	var all strings.Builder
	read := func(c *caller, path string) {
		fmt.Fprintln(&all, path, string(c.Call("GET", "/api/v1"+path, nil).Want(200).Body))
	}
	for _, c := range []*caller{ada, bob, organiser, stranger} {
		read(c, "/shows?limit=100")
	}
	read(ada, "/bookings?limit=100")
	read(bob, "/bookings?limit=100")
	for _, id := range shows {
		read(organiser, "/shows/"+id+"/seats")
		read(organiser, "/bookings?limit=100&showId="+id)
	}
	return all.String()
}

// checkPointer checks that p has an error at the pointer, unless the pointer is empty.
func checkPointer(t *testing.T, p harness.Problem, pointer string) {
	t.Helper()
	if pointer == "" {
		return
	}
	for _, e := range p.Errors {
		if e.Pointer == pointer && e.Detail != "" {
			return
		}
	}
	t.Errorf("errors %v, want one at %s", p.Errors, pointer)
}

func TestCancellingWhilePayingIsRefused(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		b := ada.hold(show.ID, "A-1")
		ada.pay(b.ID, "tok_timeout") // this payment takes about ten seconds

		ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Problem(409, "booking-not-cancellable")
		ada.tryPay(b.ID, "tok_ok").Problem(409, "booking-not-payable")
		ada.becomes(b.ID, client.BookingStatusConfirmed)
		if n, _ := box.charges(b.ID); n != 1 {
			t.Errorf("%d charges were not refunded, want 1", n)
		}
	})
}

func TestAnIdempotencyKeyMakesOneBooking(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		organiser := box.organiser()
		show := organiser.openedShow(newShow())
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		first := harness.Decode[client.Booking](ada.tryHold("key-1", show.ID, "A-1", "A-2").Want(201))

		t.Run("the same body gets the same booking", func(t *testing.T) {
			for _, seats := range [][]string{{"A-1", "A-2"}, {"A-2", "A-1"}} {
				if again := harness.Decode[client.Booking](ada.tryHold("key-1", show.ID, seats...).Want(201)); again.ID != first.ID {
					t.Errorf("booking %s, want %s", again.ID, first.ID)
				}
			}
		})
		t.Run("another body is refused", func(t *testing.T) {
			ada.tryHold("key-1", show.ID, "A-3").Problem(422, "idempotency-key-reused")
			if seats := ada.seats(show.ID); seats["A-3"] != client.SeatStatusFree {
				t.Errorf("the seat is %s, want free", seats["A-3"])
			}
		})
		t.Run("another customer gets another booking", func(t *testing.T) {
			if other := harness.Decode[client.Booking](bob.tryHold("key-1", show.ID, "A-4").Want(201)); other.ID == first.ID {
				t.Errorf("booking %s of another customer, want a new one", other.ID)
			}
		})
		t.Run("concurrent requests make one booking", func(t *testing.T) {
			answers := make([]*harness.Answer, 16)
			var sending sync.WaitGroup
			for i := range answers {
				sending.Go(func() { answers[i] = ada.tryHold("key-2", show.ID, "B-1", "B-2") })
			}
			sending.Wait()
			ids := map[string]bool{}
			for _, a := range answers {
				ids[harness.Decode[client.Booking](a.Want(201)).ID] = true
			}
			if len(ids) != 1 {
				t.Errorf("%d bookings, want 1", len(ids))
			}
		})
		t.Run("a retry gets the same booking after the show was cancelled", func(t *testing.T) {
			organiser.Call("POST", "/api/v1/shows/"+show.ID+"/cancel", nil).Want(202)
			ada.becomes(first.ID, client.BookingStatusCancelled)
			if again := harness.Decode[client.Booking](ada.tryHold("key-1", show.ID, "A-1", "A-2").Want(201)); again.ID != first.ID {
				t.Errorf("booking %s, want %s", again.ID, first.ID)
			}
			ada.tryHold("key-1", show.ID, "A-9").Problem(422, "idempotency-key-reused")
			ada.tryHold("key-3", show.ID, "A-9").Problem(409, "show-not-on-sale")
		})
	})
}

func TestTooManyRequestsAreRefused(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_RATE_PER_ACTOR=1/s")
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		var last *harness.Answer
		for range 20 {
			if last = ada.Call("GET", "/api/v1/bookings", nil); last.Status != http.StatusOK {
				break
			}
		}
		last.Problem(429, "rate-limited")
		if last.Header.Get("Retry-After") == "" || last.Header.Get("RateLimit") == "" {
			t.Errorf("headers of the 429 are %v, want Retry-After and RateLimit", last.Header)
		}
		bob.Call("GET", "/api/v1/bookings", nil).Want(200)
	})
}

// withClaims returns a customer with a validly signed token. The function change modifies
// the token's claims.
func (b *boxOffice) withClaims(t *testing.T, change func(harness.Claims)) *caller {
	t.Helper()
	return b.withToken(harness.Resign(t, b.customer("ada@example.com").Token, b.SigningKey(t), change))
}
