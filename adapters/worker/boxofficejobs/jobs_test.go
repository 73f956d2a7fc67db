package boxofficejobs_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/worker/boxofficejobs"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// noting is a use case that records its commands.
type noting[C, R any] struct {
	asked  *[]any
	result R
	err    error
}

func (n noting[C, R]) Handle(_ context.Context, command C) (R, error) {
	*n.asked = append(*n.asked, command)
	return n.result, n.err
}

// noteAll returns use cases that record their commands and return err.
func noteAll(asked *[]any, err error) inbound.UseCases {
	return inbound.UseCases{
		ChargePayment:        noting[inbound.ChargePayment, ports.None]{asked: asked, err: err},
		IssueTickets:         noting[inbound.IssueTickets, ports.None]{asked: asked, err: err},
		NotifyCustomer:       noting[inbound.NotifyCustomer, ports.None]{asked: asked, err: err},
		RefundPayment:        noting[inbound.RefundPayment, ports.None]{asked: asked, err: err},
		RefundGivenUpPayment: noting[inbound.RefundGivenUpPayment, ports.None]{asked: asked, err: err},
		CancelShowBookings:   noting[inbound.CancelShowBookings, ports.BatchResult]{asked: asked, err: err},
		ExpireHolds:          noting[inbound.ExpireHolds, ports.BatchResult]{asked: asked, err: err},
		SettlePayments:       noting[inbound.SettlePayments, ports.BatchResult]{asked: asked, err: err},
	}
}

// deliver passes an event to all reactions that subscribe to its type.
func deliver(uc inbound.UseCases, body event.Event) error {
	var errs []error
	for _, r := range boxofficejobs.Reactions(uc) {
		if slices.Contains(r.Types, body.EventType()) {
			errs = append(errs, r.Handle(context.Background(), platform.Event{ID: "e-1", Type: body.EventType(), Body: body}))
		}
	}
	return errors.Join(errs...)
}

func TestReactions(t *testing.T) {
	for _, reaction := range []struct {
		to   event.Event
		asks any
	}{
		{booking.PaymentRequested{Booking: "b-1", Attempt: 2, Token: "tok_ok"}, inbound.ChargePayment{Booking: "b-1", Attempt: 2, Token: "tok_ok"}},
		{booking.Confirmed{Booking: "b-1"}, inbound.IssueTickets{Delivery: ports.Delivery{Subscription: "issue-tickets", Event: "e-1"}, Booking: "b-1"}},
		{booking.Ticketed{Booking: "b-1"}, inbound.NotifyCustomer{Booking: "b-1"}},
		{booking.Cancelled{Booking: "b-1"}, inbound.RefundPayment{Booking: "b-1"}},
		{booking.PaymentGivenUp{Booking: "b-1", Attempt: 2}, inbound.RefundGivenUpPayment{Booking: "b-1", Attempt: 2}},
		{show.Cancelled{Show: "s-1"}, inbound.CancelShowBookings{Show: "s-1"}},
	} {
		t.Run("run the use case for "+reaction.to.EventType(), func(t *testing.T) {
			var asked []any
			if err := deliver(noteAll(&asked, nil), reaction.to); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{reaction.asks}, asked); diff != "" {
				t.Errorf("commands (-want +got):\n%s", diff)
			}
			if err := deliver(noteAll(&asked, errBroken), reaction.to); !errors.Is(err, errBroken) {
				t.Errorf("got error %v, want that of the use case", err)
			}
		})
	}

	t.Run("refuse an event whose body has the wrong type", func(t *testing.T) {
		var asked []any
		for _, r := range boxofficejobs.Reactions(noteAll(&asked, nil)) {
			for _, body := range []any{nil, "b-1", booking.SeatsHeld{Booking: "b-1"}, &booking.Confirmed{Booking: "b-1"}} {
				if err := r.Handle(t.Context(), platform.Event{ID: "e-1", Type: r.Types[0], Body: body}); err == nil {
					t.Errorf("%s: got no error for a %T", r.Name, body)
				}
			}
		}
		if len(asked) > 0 {
			t.Errorf("got commands %v, want none", asked)
		}
	})
}

func TestSubscriptions(t *testing.T) {
	exist := eventTypes(t)
	seen := map[string]bool{}
	for _, s := range boxofficejobs.Subscriptions() {
		if s.Name == "" || seen[s.Name] {
			t.Errorf("the name %q is empty or used twice", s.Name)
		}
		seen[s.Name] = true
		if len(s.Types) == 0 {
			t.Errorf("%s has no types", s.Name)
		}
		for _, name := range s.Types {
			if !slices.Contains(exist, name) {
				t.Errorf("%s subscribes to %s, which no event has as its type", s.Name, name)
			}
		}
	}
	if len(seen) != len(boxofficejobs.Reactions(inbound.UseCases{})) {
		t.Errorf("got %d subscriptions, want one per reaction", len(seen))
	}
}

func eventTypes(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../../domain/*/events.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no events.go found: %v", err)
	}
	var types []string
	for _, path := range paths {
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(source, func(n ast.Node) bool {
			method, ok := n.(*ast.FuncDecl)
			if !ok || method.Name.Name != "EventType" {
				return true
			}
			literal := method.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
			name, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, name)
			return false
		})
	}
	return types
}

func TestJobs(t *testing.T) {
	var asked []any
	for _, j := range boxofficejobs.Jobs(noteAll(&asked, nil)) {
		if more, err := j.Run(t.Context()); more || err != nil {
			t.Errorf("%s: got more %t, error %v; want false and none", j.Name, more, err)
		}
		if j.Trigger != nil || !j.Exclusive || j.Concurrency > 1 {
			t.Errorf("%s: got trigger %t, exclusive %t, concurrency %d; want an exclusive job without a trigger", j.Name, j.Trigger != nil, j.Exclusive, j.Concurrency)
		}
	}
	want := []any{inbound.ExpireHolds{}, inbound.SettlePayments{}, inbound.CancelShowBookings{}}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}

	t.Run("return the errors of their use cases", func(t *testing.T) {
		for _, j := range boxofficejobs.Jobs(noteAll(&asked, errBroken)) {
			if _, err := j.Run(t.Context()); !errors.Is(err, errBroken) {
				t.Errorf("%s: got error %v, want that of the use case", j.Name, err)
			}
		}
	})
}

var errBroken = errors.New("broken by the test")
