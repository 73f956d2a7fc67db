package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestProblems(t *testing.T) {
	tests := []struct {
		err    error
		status int
		slug   string
		says   string // somewhere in the problem
	}{
		{actor.ErrAnonymous, 401, "unauthenticated", ""},
		{actor.ErrForbidden, 403, "forbidden", ""},
		{ports.ErrNotFound, 404, "not-found", ""},
		{&booking.SeatsTakenError{Labels: []show.Label{"A-1", "A-2"}}, 409, "seats-taken", `"taken":["A-1","A-2"]`},
		{booking.ErrHoldExpired, 409, "hold-expired", ""},
		{&booking.NotPayableError{Status: booking.StatusConfirmed}, 409, "booking-not-payable", "confirmed"},
		{&booking.NotCancellableError{Status: booking.StatusPaying, Reason: "a payment is under way"}, 409, "booking-not-cancellable", "a payment is under way"},
		{&show.NotOnSaleError{Status: show.StatusCancelled}, 409, "show-not-on-sale", "cancelled"},
		{&ticket.AlreadyAdmittedError{At: noon}, 409, "already-admitted", "2030-01-15T12:00:00Z"},
		{ticket.ErrVoid, 409, "ticket-void", ""},
		{&invalid.Error{Problems: []invalid.Problem{{Field: "tiers/0/price", Detail: "too much"}}}, 422, "invalid", `"pointer":"/tiers/0/price"`},
		{ports.ErrIdempotencyKeyReused, 422, "idempotency-key-reused", ""},
		{ports.ErrUnavailable, 503, "unavailable", ""},
		{context.DeadlineExceeded, 503, "unavailable", ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("answers %v with %s", tt.err, tt.slug), func(t *testing.T) {
			srv := start(t, setup{do: inbound.UseCases{
				CancelBooking: answers[inbound.CancelBooking]((*booking.Booking)(nil), fmt.Errorf("wrapped: %w", tt.err)),
				HoldSeats:     answers[inbound.HoldSeats]((*booking.Booking)(nil), fmt.Errorf("wrapped: %w", tt.err)),
			}})
			a := srv.send(t, "POST", "/api/v1/bookings", newBooking, as("alice"), withKey)
			p := a.refused(t, tt.status, tt.slug)
			if !strings.Contains(string(a.body), tt.says) {
				t.Errorf("%s does not say %s", a.body, tt.says)
			}
			if want := "/api/v1/bookings#" + a.header.Get("X-Request-ID"); p.Instance != want {
				t.Errorf("instance is %s, want %s", p.Instance, want)
			}
			if (a.header.Get("Retry-After") != "") != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
			}
			if page := srv.send(t, "GET", p.Type, ""); page.status != http.StatusOK || !strings.Contains(string(page.body), p.Title) {
				t.Errorf("%s answers %d: %s", p.Type, page.status, page.body)
			}
			if reports := srv.reported(); len(reports) != 0 {
				t.Errorf("reported %v", reports)
			}
		})
	}

	t.Run("keeps an unknown error to the operator, who learns it once", func(t *testing.T) {
		srv := start(t, setup{do: failing(errors.New("secret of the database"))})
		a := srv.send(t, "GET", aShowPath, "")
		a.refused(t, http.StatusInternalServerError, "internal")
		if strings.Contains(string(a.body), "secret") {
			t.Errorf("told %s", a.body)
		}
		if reports := srv.reported(); len(reports) != 1 || reports[0].Error() != "secret of the database" {
			t.Errorf("reported %v", reports)
		}
	})

	t.Run("makes a failure of a panic", func(t *testing.T) {
		srv := start(t, setup{do: inbound.UseCases{GetShow: does[inbound.GetShow, *show.Show](
			func(context.Context, inbound.GetShow) (*show.Show, error) { panic("out of seats") })}})
		srv.send(t, "GET", aShowPath, "").refused(t, http.StatusInternalServerError, "internal")
		if reports := srv.reported(); len(reports) != 1 || !strings.Contains(reports[0].Error(), "out of seats") {
			t.Errorf("reported %v", reports)
		}
	})

	t.Run("says nothing of a client that is gone", func(t *testing.T) {
		entered, left := make(chan struct{}), make(chan struct{})
		srv := start(t, setup{do: inbound.UseCases{GetShow: does[inbound.GetShow, *show.Show](
			func(ctx context.Context, _ inbound.GetShow) (*show.Show, error) {
				close(entered)
				<-ctx.Done()
				defer close(left)
				return nil, ctx.Err()
			})}})
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+aShowPath, nil)
		go func() { <-entered; cancel() }()
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			t.Fatal("the request was answered")
		}
		<-left
		srv.Close()
		if reports := srv.reported(); len(reports) != 0 {
			t.Errorf("reported %v", reports)
		}
	})

	t.Run("breaks off a document that cannot be read to its end", func(t *testing.T) {
		broken := io.NopCloser(io.MultiReader(strings.NewReader("%PDF-1.7"), brokenReader{}))
		srv := start(t, setup{do: inbound.UseCases{DownloadTickets: answers[inbound.DownloadTickets](broken, nil)}})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/v1/bookings/b/tickets.pdf", nil)
		req.Header.Set("Authorization", "Bearer alice")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			defer resp.Body.Close()
			_, err = io.ReadAll(resp.Body)
		}
		if err == nil {
			t.Error("half a document was passed off as whole")
		}
		if reports := srv.reported(); len(reports) != 1 || !errors.Is(reports[0], errDisk) {
			t.Errorf("reported %v", reports)
		}
	})

	t.Run("lists all kinds", func(t *testing.T) {
		a := start(t, setup{}).send(t, "GET", "/problems", "")
		for _, tt := range tests {
			if !strings.Contains(string(a.body), `"/problems/`+tt.slug+`"`) {
				t.Errorf("%s is missing", tt.slug)
			}
		}
	})

	t.Run("knows no other kind", func(t *testing.T) {
		start(t, setup{}).send(t, "GET", "/problems/bad-luck", "").refused(t, http.StatusNotFound, "not-found")
	})
}

var errDisk = errors.New("the disk is gone")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }

func TestRouting(t *testing.T) {
	srv := start(t, setup{do: showing(t)})

	for _, path := range []string{"/", "/api/v1", "/api/v1/shows/", "/api/v1/show", "/api//v1/shows", aShowPath + "/seat"} {
		t.Run("does not know "+path, func(t *testing.T) {
			srv.send(t, "GET", path, "").refused(t, http.StatusNotFound, "not-found")
		})
	}

	t.Run("tells which methods a path knows", func(t *testing.T) {
		for path, want := range map[string]string{
			"/api/v1/shows":         "GET, HEAD, POST",
			aShowPath:               "GET, HEAD",
			aShowPath + "/open":     "POST",
			"/api/v1/admissions":    "POST",
			"/docs":                 "GET, HEAD",
			"/api/v1/openapi.yaml":  "GET, HEAD",
			"/problems/seats-taken": "GET, HEAD",
		} {
			a := srv.send(t, "DELETE", path, "", as("alice"))
			a.refused(t, http.StatusMethodNotAllowed, "method-not-allowed")
			wantHeader(t, a, "Allow", want)
		}
	})

	t.Run("answers HEAD as GET without the body", func(t *testing.T) {
		get, head := srv.send(t, "GET", aShowPath, ""), srv.send(t, "HEAD", aShowPath, "")
		if head.status != get.status || len(head.body) != 0 || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
			t.Errorf("got %d %v %s", head.status, head.header, head.body)
		}
	})

	t.Run("tells those outside which route was taken", func(t *testing.T) {
		patterns := make(chan string, 1)
		srv := start(t, setup{do: showing(t), outside: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				patterns <- r.Pattern
			})
		}})
		srv.send(t, "GET", aShowPath, "")
		if got := <-patterns; got != "GET /api/v1/shows/{id}" {
			t.Errorf("pattern is %q", got)
		}
	})

	t.Run("keeps answers out of caches", func(t *testing.T) {
		wantHeader(t, srv.send(t, "GET", aShowPath, ""), "Cache-Control", "no-store")
	})
}

func TestPages(t *testing.T) {
	srv := start(t, setup{})
	for path, want := range map[string]string{
		"/api/v1/openapi.yaml":       "openapi: 3.",
		"/docs":                      "/api/v1/openapi.yaml",
		"/docs/swagger-ui-bundle.js": "SwaggerUIBundle",
	} {
		t.Run("serves "+path, func(t *testing.T) {
			if a := srv.send(t, "GET", path, ""); a.status != http.StatusOK || !strings.Contains(string(a.body), want) {
				t.Errorf("got %d: %.200s", a.status, a.body)
			}
		})
	}
	t.Run("sends no page to another host", func(t *testing.T) {
		if a := srv.send(t, "GET", "/docs", ""); strings.Contains(string(a.body), "https://") && strings.Contains(string(a.body), "cdn") {
			t.Errorf("the docs load from elsewhere: %s", a.body)
		}
	})
}

func TestAnswers(t *testing.T) {
	srv := start(t, setup{do: showing(t)})

	t.Run("tells amounts in minor units and times in UTC", func(t *testing.T) {
		var got rest.Show
		decode(t, srv.send(t, "GET", aShowPath, ""), &got)
		if got.Tiers[0].Price != (rest.Money{Amount: 4500, Currency: "EUR"}) || got.SeatCount != 50 || got.Status != rest.ShowStatusOnSale {
			t.Errorf("got %+v", got)
		}
		if !got.StartsAt.Equal(noon.AddDate(1, 0, 0)) || got.StartsAt.Location() != time.UTC {
			t.Errorf("starts at %v", got.StartsAt)
		}
	})

	t.Run("colours the seats", func(t *testing.T) {
		var got rest.SeatMap
		decode(t, srv.send(t, "GET", aShowPath+"/seats", ""), &got)
		statuses := []rest.SeatStatus{got.Seats[0].Status, got.Seats[1].Status, got.Seats[2].Status}
		if !slices.Equal(statuses, []rest.SeatStatus{rest.SeatStatusSold, rest.SeatStatusHeld, rest.SeatStatusFree}) {
			t.Errorf("got %v", statuses)
		}
	})

	t.Run("streams the tickets as a file", func(t *testing.T) {
		pdf := io.NopCloser(strings.NewReader("%PDF-1.7"))
		srv := start(t, setup{do: inbound.UseCases{DownloadTickets: answers[inbound.DownloadTickets](pdf, nil)}})
		a := srv.send(t, "GET", "/api/v1/bookings/01985e2b/tickets.pdf", "", as("alice"))
		wantHeader(t, a, "Content-Type", "application/pdf")
		wantHeader(t, a, "Content-Disposition", "attachment; filename=tickets-01985e2b.pdf")
		if string(a.body) != "%PDF-1.7" {
			t.Errorf("got %s", a.body)
		}
	})
}
