package e2e

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/api/client"
	"example.com/portico/domain/role"
)

// TestRefusalsChangeNothing sends what is not to be done, each to a box office
// with a draft, an opened, a cancelled and a started show and bookings in every
// state, and compares all that the API shows before and after.
func TestRefusalsChangeNothing(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_HOLD_FOR=5s", "PORTICO_RATE_PER_ACTOR=off")
		organiser := box.organiser()
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		stranger := box.as(role.Organiser, "oscar", "odeon")

		started := organiser.openedShow(with(newShow(), "startsAt", time.Now().Add(8*time.Second).UTC().Format(time.RFC3339Nano)))
		seen := ada.bought(started.ID, "A-1")
		draft := into[client.Show](organiser.call("POST", "/api/v1/shows", newShow()).want(201))
		opened := organiser.openedShow(newShow())
		cancelled := organiser.openedShow(newShow())
		organiser.call("POST", "/api/v1/shows/"+cancelled.ID+"/cancel", nil).want(202)
		lapsed := ada.hold(opened.ID, "A-1")
		ada.becomes(lapsed.ID, client.BookingStatusExpired)
		eventually(t, 20*time.Second, "the show has started", func() bool { return time.Now().After(started.StartsAt) })
		confirmed := ada.bought(opened.ID, "A-2")
		withdrawn := ada.hold(opened.ID, "A-3")
		ada.call("POST", "/api/v1/bookings/"+withdrawn.ID+"/cancel", nil).want(200)
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
		nobody := box.anybody()

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
			{"a value of another type", ada, "POST", "/bookings", map[string]any{"showId": opened.ID, "seats": "A-5"}, key(), 400, "malformed-request", "/seats"},
			{"no body", ada, "POST", "/bookings", nil, key(), 400, "malformed-request", ""},
			{"another content type", ada, "POST", "/bookings", `<a/>`, append(key(), "Content-Type", "application/xml"), 415, "unsupported-media-type", ""},
			{"a body over the limit", ada, "POST", "/bookings", huge, key(), 413, "request-too-large", ""},
			{"an unknown path", ada, "GET", "/nothing", nil, nil, 404, "not-found", ""},
			{"an unknown method", ada, "DELETE", "/bookings", nil, nil, 405, "method-not-allowed", ""},

			{"no token", nobody, "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"no bearer token", nobody, "POST", "/bookings", body("A-5"), append(key(), "Authorization", "Basic YTpi"), 401, "unauthenticated", ""},
			{"an expired token", box.bearer(t, func(c claims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token for another audience", box.bearer(t, func(c claims) { c["aud"] = "elsewhere" }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token of another issuer", box.bearer(t, func(c claims) { c["iss"] = "https://elsewhere.example" }), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a forged token", box.forged(t), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"a token of alg none", box.unsigned(t), "POST", "/bookings", body("A-5"), key(), 401, "unauthenticated", ""},
			{"an invalid token where none is needed", box.forged(t), "GET", "/shows", nil, nil, 401, "unauthenticated", ""},

			{"an organiser who books", organiser, "POST", "/bookings", body("A-5"), key(), 403, "forbidden", ""},
			{"a customer who makes a show", ada, "POST", "/shows", newShow(), nil, 403, "forbidden", ""},
			{"a customer who opens a show", ada, "POST", "/shows/" + draft.ID + "/open", nil, nil, 403, "forbidden", ""},
			{"a customer who cancels a show", ada, "POST", "/shows/" + opened.ID + "/cancel", nil, nil, 403, "forbidden", ""},
			{"a customer at the door", ada, "POST", "/admissions", map[string]any{"code": "X"}, nil, 403, "forbidden", ""},
			{"door staff who look at bookings", box.door(), "GET", "/bookings", nil, nil, 403, "forbidden", ""},
			{"an organiser of no organisation", box.as(role.Organiser, "olga", ""), "POST", "/shows", newShow(), nil, 403, "forbidden", ""},

			{"someone else's booking", bob, "GET", "/bookings/" + confirmed.ID, nil, nil, 404, "not-found", ""},
			{"someone else's booking, paid for", bob, "POST", "/bookings/" + withdrawn.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 404, "not-found", ""},
			{"someone else's booking, cancelled", bob, "POST", "/bookings/" + confirmed.ID + "/cancel", nil, nil, 404, "not-found", ""},
			{"someone else's tickets", bob, "GET", "/bookings/" + confirmed.ID + "/tickets", nil, nil, 404, "not-found", ""},
			{"someone else's PDF", bob, "GET", "/bookings/" + confirmed.ID + "/tickets.pdf", nil, nil, 404, "not-found", ""},
			{"a booking for another organiser", stranger, "GET", "/bookings/" + confirmed.ID, nil, nil, 404, "not-found", ""},
			{"bookings of another organisation's show", stranger, "GET", "/bookings?showId=" + opened.ID, nil, nil, 404, "not-found", ""},
			{"another organisation's draft", stranger, "GET", "/shows/" + draft.ID, nil, nil, 404, "not-found", ""},
			{"another organisation's draft's seats", stranger, "GET", "/shows/" + draft.ID + "/seats", nil, nil, 404, "not-found", ""},
			{"another organisation's show, opened", stranger, "POST", "/shows/" + draft.ID + "/open", nil, nil, 404, "not-found", ""},
			{"another organisation's show, cancelled", stranger, "POST", "/shows/" + opened.ID + "/cancel", nil, nil, 404, "not-found", ""},
			{"a ticket at another organisation's door", box.as(role.Door, "dan", "odeon"), "POST", "/admissions", map[string]any{"code": ada.tickets(confirmed.ID)[0].Code}, nil, 404, "not-found", ""},

			{"an unknown show", ada, "GET", "/shows/" + uuid.NewString(), nil, nil, 404, "not-found", ""},
			{"a show that is no id", ada, "GET", "/shows/nonsense", nil, nil, 404, "not-found", ""},
			{"seats of an unknown show", ada, "GET", "/shows/" + uuid.NewString() + "/seats", nil, nil, 404, "not-found", ""},
			{"a hold for an unknown show", ada, "POST", "/bookings", map[string]any{"showId": uuid.NewString(), "seats": []string{"A-1"}}, key(), 404, "not-found", ""},
			{"an unknown booking", ada, "GET", "/bookings/" + uuid.NewString(), nil, nil, 404, "not-found", ""},
			{"an unknown booking's payment", ada, "POST", "/bookings/" + uuid.NewString() + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 404, "not-found", ""},
			{"an unknown ticket", box.door(), "POST", "/admissions", map[string]any{"code": "NOSUCHTICKET"}, nil, 404, "not-found", ""},
			{"tickets of a hold that was given up", ada, "GET", "/bookings/" + withdrawn.ID + "/tickets.pdf", nil, nil, 404, "not-found", ""},
			{"an unknown seat", ada, "POST", "/bookings", body("A-5", "Z-99"), key(), 422, "invalid", "/seats/1"},
			{"a seat with a zero in front", ada, "POST", "/bookings", body("A-05"), key(), 422, "invalid", "/seats/0"},
			{"a seat twice", ada, "POST", "/bookings", body("A-5", "A-5"), key(), 422, "invalid", "/seats/1"},
			{"no seats", ada, "POST", "/bookings", body(), key(), 422, "invalid", "/seats"},
			{"more than ten seats", ada, "POST", "/bookings", body(eleven...), key(), 422, "invalid", "/seats"},
			{"no show", ada, "POST", "/bookings", map[string]any{"seats": []string{"A-5"}}, key(), 422, "invalid", "/showId"},
			{"a seat that is sold", bob, "POST", "/bookings", body("A-2", "A-5"), key(), 409, "seats-taken", ""},

			{"a hold for a draft", ada, "POST", "/bookings", map[string]any{"showId": draft.ID, "seats": []string{"A-1"}}, key(), 409, "show-not-on-sale", ""},
			{"a hold for a cancelled show", ada, "POST", "/bookings", map[string]any{"showId": cancelled.ID, "seats": []string{"A-1"}}, key(), 409, "show-not-on-sale", ""},
			{"a hold for a started show", ada, "POST", "/bookings", map[string]any{"showId": started.ID, "seats": []string{"A-2"}}, key(), 409, "show-not-on-sale", ""},
			{"opening a cancelled show", organiser, "POST", "/shows/" + cancelled.ID + "/open", nil, nil, 409, "show-not-on-sale", ""},
			{"cancelling a started show", organiser, "POST", "/shows/" + started.ID + "/cancel", nil, nil, 409, "show-not-on-sale", ""},
			{"paying for a hold that lapsed", ada, "POST", "/bookings/" + lapsed.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "hold-expired", ""},
			{"paying twice", ada, "POST", "/bookings/" + confirmed.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "booking-not-payable", ""},
			{"paying for a cancelled booking", ada, "POST", "/bookings/" + withdrawn.ID + "/payment", map[string]any{"paymentToken": "tok_ok"}, nil, 409, "booking-not-payable", ""},
			{"paying with an empty token", ada, "POST", "/bookings/" + withdrawn.ID + "/payment", map[string]any{"paymentToken": ""}, nil, 422, "invalid", "/paymentToken"},
			{"cancelling after the show has started", ada, "POST", "/bookings/" + seen.ID + "/cancel", nil, nil, 409, "booking-not-cancellable", ""},

			{"a missing idempotency key", ada, "POST", "/bookings", body("A-5"), nil, 400, "malformed-request", "/Idempotency-Key"},
			{"an idempotency key that is too long", ada, "POST", "/bookings", body("A-5"), []string{"Idempotency-Key", strings.Repeat("k", 256)}, 422, "invalid", "/Idempotency-Key"},
			{"a bad cursor of shows", ada, "GET", "/shows?cursor=%21%21", nil, nil, 422, "invalid", "/cursor"},
			{"a bad cursor of bookings", ada, "GET", "/bookings?cursor=abc", nil, nil, 422, "invalid", "/cursor"},
			{"a limit of 0", ada, "GET", "/shows?limit=0", nil, nil, 422, "invalid", "/limit"},
			{"a limit of 101", ada, "GET", "/bookings?limit=101", nil, nil, 422, "invalid", "/limit"},
			{"a limit that is no number", ada, "GET", "/shows?limit=many", nil, nil, 400, "malformed-request", "/limit"},

			{"a show with no rows", organiser, "POST", "/shows", with(newShow(), "rows", []any{}), nil, 422, "invalid", "/rows"},
			{"a show with no tiers", organiser, "POST", "/shows", with(newShow(), "tiers", []any{}), nil, 422, "invalid", "/tiers"},
			{"duplicate rows", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 1, "stalls"), row("A", 2, "stalls")}), nil, 422, "invalid", "/rows/1/name"},
			{"a row with a dash in its name", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A-1", 1, "stalls")}), nil, 422, "invalid", "/rows/0/name"},
			{"a row without seats", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 0, "stalls")}), nil, 422, "invalid", "/rows/0/seats"},
			{"an unknown tier", organiser, "POST", "/shows", with(newShow(), "rows", []any{row("A", 1, "royal")}), nil, 422, "invalid", "/rows/0/tier"},
			{"duplicate tiers", organiser, "POST", "/shows", with(newShow(), "tiers", append(newShow()["tiers"].([]any), tier(1)...)), nil, 422, "invalid", "/tiers/2/name"},
			{"a negative price", organiser, "POST", "/shows", with(newShow(), "tiers", tier(-1)), nil, 422, "invalid", "/tiers/0/price"},
			{"prices that overflow together", organiser, "POST", "/shows", with(with(newShow(), "tiers", tier(int64(1<<53-1))), "rows", []any{row("A", 500, "stalls"), row("B", 500, "stalls"), row("C", 500, "stalls")}), nil, 422, "invalid", "/tiers"},
			{"a price that overflows alone", organiser, "POST", "/shows", with(newShow(), "tiers", tier(json.Number("9223372036854775808"))), nil, 422, "invalid", "/tiers/0/price"},
			{"a price with decimals", organiser, "POST", "/shows", with(newShow(), "tiers", tier(45.5)), nil, 400, "malformed-request", "/tiers/0/price"},
			{"an unknown currency", organiser, "POST", "/shows", with(newShow(), "currency", "XXX"), nil, 422, "invalid", "/currency"},
			{"a start in the past", organiser, "POST", "/shows", with(newShow(), "startsAt", "2001-01-01T00:00:00Z"), nil, 422, "invalid", "/startsAt"},
			{"a start that is no time", organiser, "POST", "/shows", with(newShow(), "startsAt", "tomorrow"), nil, 422, "invalid", "/startsAt"},
			{"an empty title", organiser, "POST", "/shows", with(newShow(), "title", ""), nil, 422, "invalid", "/title"},
			{"a blank title", organiser, "POST", "/shows", with(newShow(), "title", " "), nil, 422, "invalid", "/title"},
			{"a title of two lines", organiser, "POST", "/shows", with(newShow(), "title", "The\nTempest"), nil, 422, "invalid", "/title"},
			{"a venue of 201 characters", organiser, "POST", "/shows", with(newShow(), "venue", strings.Repeat("ü", 201)), nil, 422, "invalid", "/venue"},
			{"100,000 seats", organiser, "POST", "/shows", with(newShow(), "rows", vast), nil, 422, "invalid", "/rows"},
		}

		world := func() string {
			return box.world(ada, bob, organiser, stranger, draft.ID, opened.ID, cancelled.ID, started.ID)
		}
		before := world()
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				a := c.who.call(c.method, "/api/v1"+c.path, c.body, c.headers...)
				a.t = t
				p := a.problem(c.status, c.slug)
				checkPointer(t, p, c.pointer)
				switch c.status {
				case http.StatusUnauthorized:
					if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
						t.Error("401 without WWW-Authenticate: Bearer")
					}
					if c.who.token != "" && bytes.Contains(a.Body, []byte(c.who.token)) {
						t.Error("the answer repeats the token")
					}
				case http.StatusMethodNotAllowed:
					if a.Header.Get("Allow") == "" {
						t.Error("405 without Allow")
					}
				}
				if after := world(); after != before {
					t.Errorf("something changed.\nbefore: %s\nafter:  %s", before, after)
				}
			})
		}
		t.Run("a seat that is sold is named", func(t *testing.T) {
			p := bob.tryHold(uuid.NewString(), opened.ID, "A-5", "A-2").problem(409, "seats-taken")
			if p.Taken == nil || fmt.Sprint(*p.Taken) != "[A-2]" {
				t.Errorf("taken %v, want [A-2]", p.Taken)
			}
		})
	})
}

// world is all that the API shows of these shows and to these people.
func (b *boxOffice) world(ada, bob, organiser, stranger *caller, shows ...string) string {
	b.t.Helper()
	var all strings.Builder
	look := func(c *caller, path string) {
		fmt.Fprintln(&all, path, string(c.call("GET", "/api/v1"+path, nil).want(200).Body))
	}
	for _, c := range []*caller{ada, bob, organiser, stranger} {
		look(c, "/shows?limit=100")
	}
	look(ada, "/bookings?limit=100")
	look(bob, "/bookings?limit=100")
	for _, id := range shows {
		look(organiser, "/shows/"+id+"/seats")
		look(organiser, "/bookings?limit=100&showId="+id)
	}
	return all.String()
}

func checkPointer(t *testing.T, p client.Problem, pointer string) {
	t.Helper()
	if pointer == "" {
		return
	}
	if p.Errors == nil {
		t.Fatalf("no errors, want one at %s", pointer)
	}
	for _, e := range *p.Errors {
		if e.Pointer == pointer && e.Detail != "" {
			return
		}
	}
	t.Errorf("errors %v, want one at %s", *p.Errors, pointer)
}

func TestCancellingWhilePayingIsRefused(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		b := ada.hold(show.ID, "A-1")
		ada.pay(b.ID, "tok_timeout") // which takes about ten seconds

		ada.call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).problem(409, "booking-not-cancellable")
		ada.tryPay(b.ID, "tok_ok").problem(409, "booking-not-payable")
		ada.becomes(b.ID, client.BookingStatusConfirmed)
		if n, _ := box.standing(b.ID); n != 1 {
			t.Errorf("%d charges stand, want 1", n)
		}
	})
}

func TestAnIdempotencyKeyMakesOneBooking(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		organiser := box.organiser()
		show := organiser.openedShow(newShow())
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		first := into[client.Booking](ada.tryHold("key-1", show.ID, "A-1", "A-2").want(201))

		t.Run("sent again with the same body", func(t *testing.T) {
			for _, seats := range [][]string{{"A-1", "A-2"}, {"A-2", "A-1"}} {
				if again := into[client.Booking](ada.tryHold("key-1", show.ID, seats...).want(201)); again.ID != first.ID {
					t.Errorf("made another booking: %s and %s", first.ID, again.ID)
				}
			}
		})
		t.Run("sent again with another body", func(t *testing.T) {
			ada.tryHold("key-1", show.ID, "A-3").problem(422, "idempotency-key-reused")
			if seats := ada.seats(show.ID); seats["A-3"] != client.SeatStatusFree {
				t.Errorf("the seat is %s", seats["A-3"])
			}
		})
		t.Run("of another customer", func(t *testing.T) {
			if other := into[client.Booking](bob.tryHold("key-1", show.ID, "A-4").want(201)); other.ID == first.ID {
				t.Error("it answered with someone else's booking")
			}
		})
		t.Run("twice at the same instant", func(t *testing.T) {
			answers := make([]*answer, 16)
			var sending sync.WaitGroup
			for i := range answers {
				sending.Go(func() { answers[i] = ada.tryHold("key-2", show.ID, "B-1", "B-2") })
			}
			sending.Wait()
			ids := map[string]bool{}
			for _, a := range answers {
				ids[into[client.Booking](a.want(201)).ID] = true
			}
			if len(ids) != 1 {
				t.Errorf("%d bookings, want 1", len(ids))
			}
		})
		t.Run("sent again after the show was cancelled", func(t *testing.T) {
			organiser.call("POST", "/api/v1/shows/"+show.ID+"/cancel", nil).want(202)
			ada.becomes(first.ID, client.BookingStatusCancelled)
			if again := into[client.Booking](ada.tryHold("key-1", show.ID, "A-1", "A-2").want(201)); again.ID != first.ID {
				t.Errorf("made another booking: %s and %s", first.ID, again.ID)
			}
			ada.tryHold("key-1", show.ID, "A-9").problem(422, "idempotency-key-reused")
			ada.tryHold("key-3", show.ID, "A-9").problem(409, "show-not-on-sale")
		})
	})
}

func TestTooManyRequestsAreRefused(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_RATE_PER_ACTOR=1/s")
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		var last *answer
		for range 20 {
			if last = ada.call("GET", "/api/v1/bookings", nil); last.Status != http.StatusOK {
				break
			}
		}
		last.problem(429, "rate-limited")
		if last.Header.Get("Retry-After") == "" || last.Header.Get("RateLimit") == "" {
			t.Errorf("429 without Retry-After or RateLimit: %v", last.Header)
		}
		bob.call("GET", "/api/v1/bookings", nil).want(200)
	})
}

// claims are those of a token that would do, for a test to spoil.
type claims map[string]any

// bearer is a customer whose token was signed by the program's own key with
// other claims.
func (b *boxOffice) bearer(t *testing.T, spoil func(claims)) *caller {
	t.Helper()
	header, good := decodeToken(t, b.customer("ada@example.com").token)
	spoil(good)
	return &caller{box: b, token: signToken(t, header, good, b.key(t))}
}

// forged is a customer whose token was signed by another key.
func (b *boxOffice) forged(t *testing.T) *caller {
	t.Helper()
	header, good := decodeToken(t, b.customer("ada@example.com").token)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &caller{box: b, token: signToken(t, header, good, key)}
}

// unsigned is a customer whose token says that it needs no signature.
func (b *boxOffice) unsigned(t *testing.T) *caller {
	t.Helper()
	header, good := decodeToken(t, b.customer("ada@example.com").token)
	header = maps.Clone(header)
	header["alg"] = "none"
	return &caller{box: b, token: encodePart(t, header) + "." + encodePart(t, good) + "."}
}

func decodeToken(t *testing.T, token string) (header, good claims) {
	t.Helper()
	parts := strings.Split(token, ".")
	for i, into := range []*claims{&header, &good} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, good
}

func signToken(t *testing.T, header, body claims, key ed25519.PrivateKey) string {
	t.Helper()
	signed := encodePart(t, header) + "." + encodePart(t, body)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(signed)))
}

func encodePart(t *testing.T, part claims) string {
	t.Helper()
	text, err := json.Marshal(part)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
