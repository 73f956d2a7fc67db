package boxofficeapi_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/tests/resttest"
)

// refusals are the errors that callers can get, by name.
var refusals = map[string]struct {
	err    error
	status int
	slug   string
	says   string // text that the problem contains
}{
	"actor.ErrAnonymous":            {actor.ErrAnonymous, 401, "unauthenticated", ""},
	"actor.ErrForbidden":            {actor.ErrForbidden, 403, "forbidden", ""},
	"booking.ErrHoldExpired":        {booking.ErrHoldExpired, 409, "hold-expired", ""},
	"booking.ErrTooManyAttempts":    {booking.ErrTooManyAttempts, 409, "too-many-attempts", ""},
	"booking.LimitError":            {booking.Limits{Holds: 4}.CheckHold(booking.Usage{Holds: 4}, 1), 409, "limit-reached", "at most 4 unpaid bookings"},
	"booking.NotCancellableError":   {&booking.NotCancellableError{Status: booking.StatusPaying, Reason: "a payment is under way"}, 409, "booking-not-cancellable", "a payment is under way"},
	"booking.NotPayableError":       {&booking.NotPayableError{Status: booking.StatusConfirmed}, 409, "booking-not-payable", "confirmed"},
	"booking.SeatsTakenError":       {&booking.SeatsTakenError{Labels: []show.Label{"A-1", "A-2"}}, 409, "seats-taken", `"taken":["A-1","A-2"]`},
	"invalid.Error":                 {&invalid.Error{Problems: []invalid.Problem{{Field: "tiers/0/price", Detail: "too much"}}}, 422, "invalid", `"pointer":"/tiers/0/price"`},
	"ports.ErrIdempotencyKeyReused": {ports.ErrIdempotencyKeyReused, 422, "idempotency-key-reused", ""},
	"ports.ErrNotFound":             {ports.ErrNotFound, 404, "not-found", ""},
	"ports.ErrUnauthenticated":      {ports.ErrUnauthenticated, 401, "unauthenticated", ""},
	"ports.ErrUnavailable":          {ports.ErrUnavailable, 503, "unavailable", ""},
	"show.ErrTooManyDrafts":         {show.ErrTooManyDrafts, 409, "too-many-drafts", ""},
	"show.NotOnSaleError":           {&show.NotOnSaleError{Status: show.StatusCancelled}, 409, "show-not-on-sale", "cancelled"},
	"ticket.AlreadyAdmittedError":   {&ticket.AlreadyAdmittedError{At: noon}, 409, "already-admitted", "2030-01-15T12:00:00Z"},
	"ticket.ErrVoid":                {ticket.ErrVoid, 409, "ticket-void", ""},
	"a deadline":                    {context.DeadlineExceeded, 503, "unavailable", ""},
}

// internalErrors lists the errors that never reach a caller, with reasons.
var internalErrors = map[string]string{
	"booking.ErrNotCharged":    "ConfirmPayment is a command of operators",
	"booking.ErrNotOverdue":    "payments are ended by commands of operators",
	"booking.ErrNotConfirmed":  "IssueTickets reacts to an event",
	"booking.ErrNotLapsed":     "ExpireHolds is a job",
	"booking.ErrNotPaying":     "the outcome of a charge comes from an event or a job",
	"booking.ErrNoRefundDue":   "RefundPayment reacts to an event",
	"booking.WrongChargeError": "the outcome of a charge comes from an event or a job",
	"platform.ErrPermanent":    "NotifyCustomer reacts to an event",
	"ports.ErrExists":          "the ids and ticket codes of new aggregates are unique",
}

func TestEveryErrorHasAProblemType(t *testing.T) {
	declared := declaredErrors(t)
	known := slices.Concat(slices.Collect(maps.Keys(refusals)), slices.Collect(maps.Keys(internalErrors)))
	known = slices.DeleteFunc(known, func(name string) bool { return !strings.Contains(name, ".") })
	slices.Sort(known)
	if diff := cmp.Diff(declared, known); diff != "" {
		t.Errorf("errors of the domain and the ports (-) and those in refusals or internalErrors (+):\n%s", diff)
	}
}

// declaredErrors lists the exported ErrX variables and XError types of the domain and the
// ports.
func declaredErrors(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"domain/show", "domain/booking", "domain/ticket", "domain/invalid", "domain/actor", "ports", "ports/*"} {
		paths, err := filepath.Glob("../../../" + pattern + "/*.go")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no sources in %s: %v", pattern, err)
		}
		for _, path := range paths {
			source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			for _, declaration := range source.Decls {
				general, ok := declaration.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range general.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							if strings.HasPrefix(name.Name, "Err") && general.Tok == token.VAR {
								names = append(names, source.Name.Name+"."+name.Name)
							}
						}
					case *ast.TypeSpec:
						if strings.HasSuffix(spec.Name.Name, "Error") {
							names = append(names, source.Name.Name+"."+spec.Name.Name)
						}
					}
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestErrorHandling(t *testing.T) {
	for name, tt := range refusals {
		t.Run("answers "+name+" with "+tt.slug, func(t *testing.T) {
			srv := start(t, inbound.UseCases{HoldSeats: answers[inbound.HoldSeats]((*booking.Booking)(nil), fmt.Errorf("wrapped: %w", tt.err))})
			a := srv.Send(t, "POST", "/api/v1/bookings", newBooking, resttest.As("alice"), withKey)
			p := a.WantProblem(t, tt.status, tt.slug)
			if !strings.Contains(string(a.Body), tt.says) {
				t.Errorf("got %s, want it to contain %s", a.Body, tt.says)
			}
			if want := "/api/v1/bookings#" + a.Header.Get("X-Request-ID"); p.Instance != want {
				t.Errorf("got instance %s, want %s", p.Instance, want)
			}
			if (a.Header.Get("Retry-After") != "") != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("got Retry-After %q for status %d", a.Header.Get("Retry-After"), tt.status)
			}
			if page := srv.Send(t, "GET", p.Type, ""); page.Status != http.StatusOK || !strings.Contains(string(page.Body), p.Title) {
				t.Errorf("got status %d for %s, want a page with %q: %s", page.Status, p.Type, p.Title, page.Body)
			}
			if reports := srv.Reported(); len(reports) != 0 {
				t.Errorf("got reports %v, want none", reports)
			}
		})
	}

	t.Run("hides an unexpected error from the client and reports it once", func(t *testing.T) {
		srv := start(t, failing(errors.New("secret of the database")))
		a := srv.Send(t, "GET", aShowPath, "")
		a.WantProblem(t, http.StatusInternalServerError, "internal")
		if strings.Contains(string(a.Body), "secret") {
			t.Errorf("got %s, want no text of the error", a.Body)
		}
		if reports := srv.Reported(); len(reports) != 1 || reports[0].Error() != "secret of the database" {
			t.Errorf("got reports %v, want the error once", reports)
		}
	})

	t.Run("aborts a download that fails midway", func(t *testing.T) {
		broken := io.NopCloser(io.MultiReader(strings.NewReader("%PDF-1.7"), brokenReader{}))
		srv := start(t, inbound.UseCases{DownloadTickets: answers[inbound.DownloadTickets](broken, nil)})
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/v1/bookings/"+bookingID+"/tickets.pdf", nil)
		req.Header.Set("Authorization", "Bearer alice")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			defer resp.Body.Close()
			_, err = io.ReadAll(resp.Body)
		}
		if err == nil {
			t.Error("the client took half a document for a whole one")
		}
		if reports := srv.Reported(); len(reports) != 1 || !errors.Is(reports[0], errDisk) {
			t.Errorf("got reports %v, want %v once", reports, errDisk)
		}
	})

	t.Run("lists all problem types by status", func(t *testing.T) {
		page := string(start(t, inbound.UseCases{}).Send(t, "GET", "/problems", "").Body)
		for _, slug := range []string{
			"malformed-request", "unauthenticated", "forbidden", "not-found", "method-not-allowed",
			"seats-taken", "hold-expired", "booking-not-payable", "too-many-attempts", "limit-reached", "booking-not-cancellable", "too-many-drafts", "show-not-on-sale", "already-admitted", "ticket-void",
			"request-too-large", "unsupported-media-type", "invalid", "idempotency-key-reused", "rate-limited", "internal", "unavailable",
		} {
			_, rest, found := strings.Cut(page, `"/problems/`+slug+`"`)
			if !found {
				t.Fatalf("%s is missing or out of order", slug)
			}
			page = rest
		}
	})
}

var errDisk = errors.New("the disk is gone")

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }
