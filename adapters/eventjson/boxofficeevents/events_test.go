package boxofficeevents_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/platform"
)

var codec = boxofficeevents.Codec()

var at = time.Date(2026, 5, 4, 19, 30, 0, 123456000, time.UTC)

// samples returns one event of each type, with every field set.
func samples(t *testing.T) []event.Event {
	t.Helper()
	euro, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	price, err := money.New(4500, euro)
	if err != nil {
		t.Fatal(err)
	}
	return []event.Event{
		show.Created{Show: "s1", Organisation: "acme", Title: "Hamlet", Venue: "Old Vic", StartsAt: at.Add(time.Hour), Seats: 42, At: at},
		show.Opened{Show: "s1", At: at},
		show.Cancelled{Show: "s1", At: at},
		booking.SeatsHeld{Booking: "b1", Show: "s1", Customer: "ann", Seats: []show.Label{"A-1", "A-2"}, Total: price, HeldUntil: at.Add(time.Minute), At: at},
		booking.PaymentRequested{Booking: "b1", Attempt: 2, Amount: price, Token: "tok_ok", At: at},
		booking.PaymentDeclined{Booking: "b1", Attempt: 2, Reason: "insufficient funds", At: at},
		booking.PaymentGivenUp{Booking: "b1", Attempt: 2, At: at},
		booking.Confirmed{Booking: "b1", Show: "s1", Charge: "b1-2", Total: price, At: at},
		booking.HoldExpired{Booking: "b1", Show: "s1", At: at},
		booking.Cancelled{Booking: "b1", Show: "s1", RefundDue: true, At: at},
		booking.Refunded{Booking: "b1", Charge: "b1-2", Amount: price, At: at},
		booking.Ticketed{Booking: "b1", Show: "s1", At: at},
		ticket.Issued{Booking: "b1", Show: "s1", Seat: "A-1", At: at},
		ticket.Admitted{Booking: "b1", Show: "s1", Seat: "A-1", At: at},
		ticket.Voided{Booking: "b1", Show: "s1", Seat: "A-1", At: at},
	}
}

// sampleOf returns the sample of type E.
func sampleOf[E event.Event](t *testing.T) E {
	t.Helper()
	for _, e := range samples(t) {
		if e, ok := e.(E); ok {
			return e
		}
	}
	t.Fatalf("no sample of %s", reflect.TypeFor[E]())
	panic("unreachable")
}

func TestEveryEventRoundTrips(t *testing.T) {
	for _, sample := range samples(t) {
		t.Run(sample.EventType(), func(t *testing.T) {
			for field, value := range reflect.ValueOf(sample).Fields() {
				if value.IsZero() {
					t.Errorf("the sample leaves %s empty, so a lost value would go unnoticed", field.Name)
				}
			}
			want := platform.Event{
				ID: "e1", Type: sample.EventType(), Aggregate: "a1", OccurredAt: at,
				CorrelationID: "request-7", Headers: map[string]string{"traceparent": "00-1-2-03"}, Body: sample,
			}
			message, err := codec.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := codec.Decode(message)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		})
	}
}

func TestEveryEventOfTheDomainHasASample(t *testing.T) {
	var sampled, types []string
	for _, sample := range samples(t) {
		sampled = append(sampled, fmt.Sprintf("%T", sample))
		types = append(types, sample.EventType())
	}
	slices.Sort(sampled)
	slices.Sort(types)
	if diff := cmp.Diff(types, codec.Types()); diff != "" {
		t.Errorf("types of the samples (-) and of the codec (+):\n%s", diff)
	}
	if diff := cmp.Diff(recordable(t), sampled); diff != "" {
		t.Errorf("events of the domain (-) and samples (+):\n%s", diff)
	}
}

// recordable lists the types in domain/*/events.go that have a method EventType.
func recordable(t *testing.T) []string {
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
		for _, declaration := range source.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "EventType" {
				continue
			}
			receiver, ok := method.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				t.Fatalf("%s: EventType has a pointer receiver, want a value receiver", path)
			}
			types = append(types, source.Name.Name+"."+receiver.Name)
		}
	}
	slices.Sort(types)
	return types
}

func TestOccurredAtAcceptsAnUnknownType(t *testing.T) {
	got, err := codec.OccurredAt([]byte(`{"id":"e1","type":"show.sung","occurredAt":"2026-05-04T21:30:00.123456+02:00"}`))
	if err != nil || got != at {
		t.Errorf("got %v, %v, want %v", got, err, at)
	}
}

func TestEncode(t *testing.T) {
	t.Run("writes the envelope around the data", func(t *testing.T) {
		held := sampleOf[booking.SeatsHeld](t)
		message, err := codec.Encode(platform.Event{
			ID: "e1", Type: "booking.held", Aggregate: "b1",
			OccurredAt: at.In(time.FixedZone("", 2*60*60)), CorrelationID: "request-7", Body: held,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := `{"id":"e1","type":"booking.held","aggregate":"b1","occurredAt":"2026-05-04T19:30:00.123456Z","correlationId":"request-7",` +
			`"data":{"bookingId":"b1","showId":"s1","customerId":"ann","seats":["A-1","A-2"],"total":{"amount":4500,"currency":"EUR"},` +
			`"heldUntil":"2026-05-04T19:31:00.123456Z","at":"2026-05-04T19:30:00.123456Z"}}`
		if diff := cmp.Diff(want, string(message)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("refuses an unknown type", func(t *testing.T) {
		_, err := codec.Encode(platform.Event{ID: "e1", Type: "show.sung", Body: show.Opened{}})
		mustSay(t, err, `unknown type "show.sung"`)
	})
	t.Run("refuses a body of another type", func(t *testing.T) {
		_, err := codec.Encode(platform.Event{ID: "e1", Type: "show.opened", Body: show.Cancelled{}})
		mustSay(t, err, "the body is a show.Cancelled")
	})
}

func TestDecode(t *testing.T) {
	t.Run("refuses an unknown type", func(t *testing.T) {
		_, err := codec.Decode([]byte(`{"id":"e1","type":"show.sung","data":{}}`))
		mustSay(t, err, `unknown type "show.sung"`)
	})
	t.Run("refuses invalid JSON", func(t *testing.T) {
		_, err := codec.Decode([]byte(`{"id":`))
		mustSay(t, err, "decode event")
	})
	t.Run("refuses an event without data", func(t *testing.T) {
		_, err := codec.Decode([]byte(`{"id":"e1","type":"show.opened"}`))
		mustSay(t, err, "decode event e1 of type show.opened")
	})
	t.Run("refuses money in a currency that does not exist", func(t *testing.T) {
		_, err := codec.Decode([]byte(`{"id":"e1","type":"booking.refunded","data":{"amount":{"amount":1,"currency":"ZZZ"}}}`))
		mustSay(t, err, "unknown currency")
	})
	t.Run("ignores fields that a later version may add", func(t *testing.T) {
		message, err := json.Marshal(map[string]any{
			"id": "e1", "type": "show.opened", "version": 2, "data": map[string]any{"showId": "s1", "at": at, "by": "ann"},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := codec.Decode(message)
		if err != nil {
			t.Fatal(err)
		}
		if want := (show.Opened{Show: "s1", At: at}); got.Body != want {
			t.Errorf("got %+v, want %+v", got.Body, want)
		}
	})
}

func mustSay(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
