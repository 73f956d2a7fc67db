package boxofficeapi_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/portico/adapters/rest/boxofficeapi"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/tests/resttest"
)

func TestContract(t *testing.T) {
	const newShow = `{"title":"T","venue":"V","startsAt":"2031-01-01T20:00:00Z","currency":"EUR",
		"tiers":[{"name":"stalls","price":4500}],"rows":[{"name":"A","seats":2,"tier":"stalls"}]}`
	tests := []struct {
		name     string
		method   string
		path     string
		body     string
		changes  []resttest.Change
		status   int
		slug     string
		pointers []string
	}{
		{
			name: "refuses invalid JSON", path: "/bookings", body: `{"showId":`,
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses data after the JSON document", path: "/bookings", body: newBooking + ` {}`,
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses a missing body", path: "/bookings", body: "",
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses an unknown field", path: "/bookings", body: `{"showId":"` + showID + `","seats":["A-1"],"vip":true}`,
			status: 400, slug: "malformed-request", pointers: []string{"/vip"},
		},
		{
			name: "refuses a field name in the wrong case", path: "/bookings", body: `{"showId":"` + showID + `","seats":["A-1"],"SHOWID":"t"}`,
			status: 400, slug: "malformed-request", pointers: []string{"/SHOWID"},
		},
		{
			name: "refuses a value of the wrong type", path: "/bookings", body: `{"showId":"` + showID + `","seats":"A-1"}`,
			status: 400, slug: "malformed-request", pointers: []string{"/seats"},
		},
		{
			name: "refuses null", path: "/bookings", body: `{"showId":null,"seats":["A-1"]}`,
			status: 400, slug: "malformed-request", pointers: []string{"/showId"},
		},
		{
			name: "refuses a fraction of a cent", path: "/shows", body: strings.Replace(newShow, "4500", "4500.5", 1),
			status: 400, slug: "malformed-request", pointers: []string{"/tiers/0/price"},
		},
		{
			name: "refuses an integer written as 4500.0", path: "/shows", body: strings.Replace(newShow, "4500", "4500.0", 1),
			status: 400, slug: "malformed-request",
		},
		{
			name: "lists wrong shapes and invalid values together", path: "/bookings", body: `{"showId":1,"seats":[]}`,
			status: 400, slug: "malformed-request", pointers: []string{"/seats", "/showId"},
		},
		{
			name: "refuses a missing idempotency key", path: "/bookings", body: newBooking, changes: []resttest.Change{func(r *http.Request) { r.Header.Del("Idempotency-Key") }},
			status: 400, slug: "malformed-request", pointers: []string{"/Idempotency-Key"},
		},
		{
			name: "refuses two idempotency keys", path: "/bookings", body: newBooking, changes: []resttest.Change{resttest.Header("Idempotency-Key", "key-2")},
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses a limit that is not a number", method: "GET", path: "/shows?limit=ten",
			status: 400, slug: "malformed-request", pointers: []string{"/limit"},
		},
		{
			name: "refuses a parameter that occurs twice", method: "GET", path: "/shows?limit=1&limit=2",
			status: 400, slug: "malformed-request",
		},
		{
			name: "refuses a content type other than JSON", path: "/bookings", body: newBooking, changes: []resttest.Change{func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "refuses a body without a content type", path: "/bookings", body: newBooking, changes: []resttest.Change{func(r *http.Request) { r.Header.Del("Content-Type") }},
			status: 415, slug: "unsupported-media-type",
		},
		{
			name: "points to all invalid values", path: "/shows",
			body:   `{"title":"","venue":"V","startsAt":"2031-02-31T20:00:00Z","currency":"euro","tiers":[{"name":"stalls","price":-1}],"rows":[]}`,
			status: 422, slug: "invalid", pointers: []string{"/currency", "/rows", "/startsAt", "/tiers/0/price", "/title"},
		},
		{
			name: "refuses an unknown time zone", path: "/shows", body: strings.Replace(newShow, "{", `{"timeZone":"Europe/Atlantis",`, 1),
			status: 422, slug: "invalid", pointers: []string{"/timeZone"},
		},
		{
			name: "refuses the time zone of the machine", path: "/shows", body: strings.Replace(newShow, "{", `{"timeZone":"Local",`, 1),
			status: 422, slug: "invalid", pointers: []string{"/timeZone"},
		},
		{
			name: "refuses a time zone of more than 64 characters", path: "/shows", body: strings.Replace(newShow, "{", `{"timeZone":"`+strings.Repeat("Z", 65)+`",`, 1),
			status: 422, slug: "invalid", pointers: []string{"/timeZone"},
		},
		{
			name: "points to a missing field", path: "/bookings", body: `{"showId":"` + showID + `"}`,
			status: 422, slug: "invalid", pointers: []string{"/seats"},
		},
		{
			name: "points to an invalid id in the body", path: "/bookings", body: `{"showId":"` + strings.ToUpper(showID) + `","seats":["A-1"]}`,
			status: 422, slug: "invalid", pointers: []string{"/showId"},
		},
		{
			name: "points to an invalid id in the query", method: "GET", path: "/bookings?showId=s",
			status: 422, slug: "invalid", pointers: []string{"/showId"},
		},
		{
			name: "does not find an invalid id in the path", method: "GET", path: "/bookings/b",
			status: 404, slug: "not-found",
		},
		{
			name: "refuses an idempotency key over 255 characters", path: "/bookings", body: newBooking,
			changes: []resttest.Change{func(r *http.Request) { r.Header.Set("Idempotency-Key", strings.Repeat("k", 256)) }},
			status:  422, slug: "invalid", pointers: []string{"/Idempotency-Key"},
		},
		{
			name: "refuses an idempotency key with a space", path: "/bookings", body: newBooking,
			changes: []resttest.Change{func(r *http.Request) { r.Header.Set("Idempotency-Key", "a b") }},
			status:  422, slug: "invalid", pointers: []string{"/Idempotency-Key"},
		},
		{
			name: "refuses a limit out of range", method: "GET", path: "/shows?limit=101",
			status: 422, slug: "invalid", pointers: []string{"/limit"},
		},
		{
			name: "refuses a cursor that no page returned", method: "GET", path: "/shows?cursor=MDE5ODVlMmE",
			status: 422, slug: "invalid", pointers: []string{"/cursor"},
		},
	}
	srv := start(t, inbound.UseCases{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method := tt.method
			if method == "" {
				method = "POST"
			}
			p := srv.Send(t, method, "/api/v1"+tt.path, tt.body, append([]resttest.Change{resttest.As("alice"), withKey}, tt.changes...)...).WantProblem(t, tt.status, tt.slug)
			resttest.WantPointers(t, p, tt.pointers...)
		})
	}

	t.Run("requires a token before it looks at an id", func(t *testing.T) {
		srv.Send(t, "GET", "/api/v1/bookings/b", "").WantProblem(t, http.StatusUnauthorized, "unauthenticated")
	})

	t.Run("passes an accepted request to the use case", func(t *testing.T) {
		var got inbound.HoldSeats
		b := aBooking(t)
		srv := start(t, inbound.UseCases{HoldSeats: does[inbound.HoldSeats, *booking.Booking](
			func(_ context.Context, cmd inbound.HoldSeats) (*booking.Booking, error) {
				got = cmd
				return b, nil
			})})
		a := srv.Send(t, "POST", "/api/v1/bookings", newBooking, resttest.As("alice"), resttest.Header("Idempotency-Key", "a%2Cb,c"))
		if a.Status != http.StatusCreated {
			t.Fatalf("got %d: %s", a.Status, a.Body)
		}
		a.WantHeader(t, "Location", "/api/v1/bookings/"+bookingID)
		if got.Actor.ID() != "alice" || got.Show != showID || len(got.Seats) != 1 || got.Seats[0] != "A-1" || got.Key != "a%2Cb,c" {
			t.Errorf("got command %+v", got)
		}
	})

	t.Run("sets the default of a parameter", func(t *testing.T) {
		var got inbound.ListShows
		srv := start(t, inbound.UseCases{ListShows: does[inbound.ListShows, ports.Page[show.Summary]](
			func(_ context.Context, q inbound.ListShows) (ports.Page[show.Summary], error) {
				got = q
				return ports.Page[show.Summary]{}, nil
			})})
		srv.Send(t, "GET", "/api/v1/shows?q=tempest", "")
		if got.Limit != 20 || got.Text != "tempest" {
			t.Errorf("got query %+v, want limit 20 and text tempest", got)
		}
	})

	t.Run("continues a list after the previous page", func(t *testing.T) {
		var after []show.ID
		srv := start(t, inbound.UseCases{ListShows: does[inbound.ListShows, ports.Page[show.Summary]](
			func(_ context.Context, q inbound.ListShows) (ports.Page[show.Summary], error) {
				after = append(after, q.After)
				return ports.Page[show.Summary]{Next: "01985e2a-77c4"}, nil
			})})
		var page boxofficeapi.ShowPage
		srv.Send(t, "GET", "/api/v1/shows", "").Decode(t, &page)
		srv.Send(t, "GET", "/api/v1/shows?cursor="+page.NextCursor, "")
		if len(after) != 2 || after[0] != "" || after[1] != "01985e2a-77c4" {
			t.Errorf("got pages after %q, want them after \"\" and 01985e2a-77c4", after)
		}
	})

	for name, body := range map[string]func() io.Reader{
		"refuses a body over the operation's limit":                    func() io.Reader { return bytes.NewReader(huge) },
		"refuses a body of undeclared size over the operation's limit": func() io.Reader { return io.MultiReader(bytes.NewReader(huge)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := srv.Send(t, "POST", "/api/v1/bookings", "{}", resttest.As("alice"), withKey, func(r *http.Request) {
				large, _ := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), body())
				r.Body, r.GetBody, r.ContentLength = large.Body, large.GetBody, large.ContentLength
			})
			a.WantProblem(t, http.StatusRequestEntityTooLarge, "request-too-large")
		})
	}
}

var huge = append([]byte(`{"showId":"`), append(bytes.Repeat([]byte("x"), 1<<20), `"}`...)...)
