package seatmaps_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/adapters/redis/seatmaps"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
)

// publisher is a function that implements platform.Publisher.
type publisher func([]platform.Event) error

func (p publisher) Publish(_ context.Context, events []platform.Event) error { return p(events) }

// accept discards all events and returns no error.
func accept([]platform.Event) error { return nil }

// relaying publishes the events of each store call before the call returns, because only
// published events invalidate the cache.
type relaying struct {
	outbox    platform.Outbox
	publisher platform.Publisher
}

func (r relaying) relay(ctx context.Context) error {
	for {
		n, err := r.outbox.Relay(ctx, 10, r.publisher.Publish)
		if n == 0 || err != nil {
			return err
		}
	}
}

// relayingStores returns stores of db that publish their events immediately.
func relayingStores(db *memstores.DB, publisher platform.Publisher) outbound.Stores {
	r := relaying{db.Outbox(), publisher}
	stores := db.Stores()
	stores.Shows = relayingShows{stores.Shows, r}
	stores.Bookings = relayingBookings{stores.Bookings, r}
	return stores
}

type relayingShows struct {
	outbound.Shows
	relaying
}

func (s relayingShows) Add(ctx context.Context, sh *show.Show) error {
	return errors.Join(s.Shows.Add(ctx, sh), s.relay(ctx))
}

func (s relayingShows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	sh, err := s.Shows.Update(ctx, id, change)
	return sh, errors.Join(err, s.relay(ctx))
}

type relayingBookings struct {
	outbound.Bookings
	relaying
}

func (s relayingBookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error) {
	added, err := s.Bookings.Add(ctx, b, key, limits)
	return added, errors.Join(err, s.relay(ctx))
}

func (s relayingBookings) StartPayment(ctx context.Context, id booking.ID, limits booking.Limits, change func(*booking.Booking) error) (*booking.Booking, error) {
	b, err := s.Bookings.StartPayment(ctx, id, limits, change)
	return b, errors.Join(err, s.relay(ctx))
}

func (s relayingBookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	b, err := s.Bookings.Update(ctx, id, change)
	return b, errors.Join(err, s.relay(ctx))
}

// everyEvent has one event of each type. Events with a Show field have the show s-1.
var everyEvent = []struct {
	event      event.Event
	changesMap bool
}{
	{show.Opened{Show: "s-1"}, true},
	{show.Cancelled{Show: "s-1"}, true},
	{booking.SeatsHeld{Show: "s-1"}, true},
	{booking.Confirmed{Show: "s-1"}, true},
	{booking.HoldExpired{Show: "s-1"}, true},
	{booking.Cancelled{Show: "s-1"}, true},
	{show.Created{Show: "s-1"}, false},
	{booking.PaymentRequested{}, false},
	{booking.PaymentDeclined{}, false},
	{booking.PaymentGivenUp{}, false},
	{booking.Refunded{}, false},
	{booking.Ticketed{Show: "s-1"}, false},
	{ticket.Issued{Show: "s-1"}, false},
	{ticket.Admitted{Show: "s-1"}, false},
	{ticket.Voided{Show: "s-1"}, false},
}

func TestEveryEventTypeIsClassified(t *testing.T) {
	t.Parallel()
	// report returns the error that a cache without Redis reports when e is published.
	report := func(t *testing.T, e any) (reported error) {
		t.Helper()
		cache := seatmaps.New(open(t, noRedis), memstores.NewDB().SeatMaps(), func(_ context.Context, err error) { reported = err })
		if err := cache.InvalidateOnPublish(publisher(accept)).Publish(t.Context(), []platform.Event{{Body: e}}); err != nil {
			t.Errorf("Publish: %v", err)
		}
		return reported
	}
	var classified []string
	for _, e := range everyEvent {
		classified = append(classified, e.event.EventType())
		err := report(t, e.event)
		if e.changesMap && !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%T: reported %v, want ErrUnavailable: it changes a map", e.event, err)
		}
		if !e.changesMap && err != nil {
			t.Errorf("%T: reported %v, want nothing: it changes no map", e.event, err)
		}
	}
	slices.Sort(classified)
	if want := eventTypes(t); !slices.Equal(classified, want) {
		t.Errorf("classified are %q, want every type of the domain: %q", classified, want)
	}
	if err := report(t, struct{}{}); err == nil || errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("an unknown type: reported %v, want that it is not known", err)
	}
}

// eventTypes returns the sorted event types that the domain's source code declares.
func eventTypes(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../../domain/*/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source of the domain found: %v", err)
	}
	var types []string
	for _, path := range paths {
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range source.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || method.Name.Name != "EventType" {
				continue
			}
			literal := method.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit)
			name, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, name)
		}
	}
	slices.Sort(types)
	return types
}

func TestInvalidateOnPublish(t *testing.T) {
	t.Parallel()
	// publish returns the published events, and the ids of the maps that are cached
	// during publication (then) and afterwards (after).
	publish := func(t *testing.T, answer error, bodies ...any) (published []platform.Event, then, after []string, err error) {
		t.Helper()
		url := servers.Redis(t)
		client := raw(t, url)
		for _, id := range []string{"s-1", "s-2"} {
			if err := client.Set(t.Context(), "portico:seatmap:2:"+id, "a map", 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		left := func() (ids []string) {
			for _, key := range keys(t, url) {
				ids = append(ids, strings.TrimPrefix(key, "portico:seatmap:2:"))
			}
			slices.Sort(ids)
			return ids
		}
		cache := seatmaps.New(open(t, url), memstores.NewDB().SeatMaps(), noReport(t))
		var events []platform.Event
		for i, body := range bodies {
			events = append(events, platform.Event{ID: ports.EventID(fmt.Sprint(i)), Body: body})
		}
		err = cache.InvalidateOnPublish(publisher(func(events []platform.Event) error {
			published, then = events, left()
			return answer
		})).Publish(t.Context(), events)
		return published, then, left(), err
	}
	both := []string{"s-1", "s-2"}

	for _, e := range everyEvent {
		left := both
		if e.changesMap {
			left = both[1:]
		}
		t.Run(fmt.Sprintf("leaves %d of 2 maps after %T", len(left), e.event), func(t *testing.T) {
			t.Parallel()
			published, then, after, err := publish(t, nil, e.event)
			if err != nil || len(published) != 1 || !slices.Equal(then, both) || !slices.Equal(after, left) {
				t.Errorf("%d events published with %q left, then %q, error %v, want 1 with %q left, then %q", len(published), then, after, err, both, left)
			}
		})
	}

	t.Run("invalidates all maps that a batch changes", func(t *testing.T) {
		t.Parallel()
		published, _, after, err := publish(t, nil,
			booking.SeatsHeld{Show: "s-1"}, booking.SeatsHeld{Show: "s-2"}, booking.PaymentRequested{},
			booking.Confirmed{Show: "s-1"}, show.Cancelled{Show: "s-2"}, booking.Cancelled{Show: "s-1"})
		if err != nil || len(after) > 0 {
			t.Errorf("maps %q are left, error %v, want none", after, err)
		}
		var ids []string
		for _, e := range published {
			ids = append(ids, string(e.ID))
		}
		if want := []string{"0", "1", "2", "3", "4", "5"}; !slices.Equal(ids, want) {
			t.Errorf("published %q, want %q", ids, want)
		}
	})

	t.Run("invalidates nothing when the events are not published", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("no")
		if _, _, after, err := publish(t, failure, booking.SeatsHeld{Show: "s-1"}); !errors.Is(err, failure) || !slices.Equal(after, both) {
			t.Errorf("error %v and maps %q left, want the publisher's error and both", err, after)
		}
	})

	t.Run("publishes while Redis is unavailable, and reports the outage once", func(t *testing.T) {
		t.Parallel()
		reports := 0
		cache := seatmaps.New(open(t, noRedis), memstores.NewDB().SeatMaps(), func(_ context.Context, err error) {
			if reports++; !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("reported %v, want ErrUnavailable", err)
			}
		})
		err := cache.InvalidateOnPublish(publisher(accept)).Publish(t.Context(), []platform.Event{
			{Body: booking.SeatsHeld{Show: "s-1"}}, {Body: booking.SeatsHeld{Show: "s-2"}},
		})
		if err != nil || reports != 1 {
			t.Errorf("error %v and %d reports, want none and one", err, reports)
		}
	})
}
