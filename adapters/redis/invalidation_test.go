package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/portico/adapters/memory/memstores"
	"example.com/portico/adapters/redis"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
)

// publisher says what becomes of events.
type publisher func([]platform.Event) error

func (p publisher) Publish(_ context.Context, events []platform.Event) error { return p(events) }

// takesAll is a broker without subscribers.
func takesAll([]platform.Event) error { return nil }

// relaying hands the events of each change over before it returns, so that a
// cache hears of changes by their events alone.
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

// relayingStores are db's, and a publisher hears at once of what changes in them.
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

func (s relayingBookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	added, err := s.Bookings.Add(ctx, b, key)
	return added, errors.Join(err, s.relay(ctx))
}

func (s relayingBookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	b, err := s.Bookings.Update(ctx, id, change)
	return b, errors.Join(err, s.relay(ctx))
}

func TestForgetOn(t *testing.T) {
	t.Parallel()
	// publish returns what was published and which of two maps were there still
	// when it was, and after.
	publish := func(t *testing.T, answer error, bodies ...any) (published []platform.Event, then, after []string, err error) {
		t.Helper()
		url := servers.Redis(t)
		client := raw(t, url)
		for _, id := range []string{"s-1", "s-2"} {
			if err := client.Set(t.Context(), "portico:seatmap:"+id, "a map", 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
		left := func() (ids []string) {
			for _, key := range keys(t, url) {
				ids = append(ids, strings.TrimPrefix(key, "portico:seatmap:"))
			}
			slices.Sort(ids)
			return ids
		}
		maps := redis.NewSeatMaps(open(t, url), memstores.NewDB().SeatMaps(), noReport(t))
		var events []platform.Event
		for i, body := range bodies {
			events = append(events, platform.Event{ID: ports.EventID(fmt.Sprint(i)), Body: body})
		}
		err = maps.ForgetOn(publisher(func(events []platform.Event) error {
			published, then = events, left()
			return answer
		})).Publish(t.Context(), events)
		return published, then, left(), err
	}
	both := []string{"s-1", "s-2"}

	for _, test := range []struct {
		body any
		left []string
	}{
		{show.Opened{Show: "s-1"}, both[1:]},
		{show.Cancelled{Show: "s-1"}, both[1:]},
		{booking.SeatsHeld{Show: "s-1"}, both[1:]},
		{booking.Confirmed{Show: "s-1"}, both[1:]},
		{booking.HoldExpired{Show: "s-1"}, both[1:]},
		{booking.Cancelled{Show: "s-1"}, both[1:]},
		{show.Created{Show: "s-1"}, both},
		{booking.PaymentRequested{}, both},
		{booking.PaymentDeclined{}, both},
		{booking.Refunded{}, both},
		{booking.Ticketed{Show: "s-1"}, both},
		{ticket.Issued{Show: "s-1"}, both},
		{ticket.Admitted{Show: "s-1"}, both},
		{ticket.Voided{Show: "s-1"}, both},
	} {
		t.Run(fmt.Sprintf("leaves %d of 2 maps after it has published %T", len(test.left), test.body), func(t *testing.T) {
			t.Parallel()
			published, then, after, err := publish(t, nil, test.body)
			if err != nil || len(published) != 1 || !slices.Equal(then, both) || !slices.Equal(after, test.left) {
				t.Errorf("%d published with %q left, then %q, %v", len(published), then, after, err)
			}
		})
	}

	t.Run("forgets all maps of a batch", func(t *testing.T) {
		t.Parallel()
		published, _, after, err := publish(t, nil,
			booking.SeatsHeld{Show: "s-1"}, booking.SeatsHeld{Show: "s-2"}, booking.PaymentRequested{},
			booking.Confirmed{Show: "s-1"}, show.Cancelled{Show: "s-2"}, booking.Cancelled{Show: "s-1"})
		if err != nil || len(after) > 0 {
			t.Errorf("%q are left, %v", after, err)
		}
		var ids []string
		for _, e := range published {
			ids = append(ids, string(e.ID))
		}
		if want := []string{"0", "1", "2", "3", "4", "5"}; !slices.Equal(ids, want) {
			t.Errorf("it published %q, want %q", ids, want)
		}
	})

	t.Run("forgets nothing when the events are not published", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("no")
		if _, _, after, err := publish(t, failure, booking.SeatsHeld{Show: "s-1"}); !errors.Is(err, failure) || !slices.Equal(after, both) {
			t.Errorf("%v and %q left, want the publisher's error and both", err, after)
		}
	})

	t.Run("has published though Redis is away, which it reports once", func(t *testing.T) {
		t.Parallel()
		reports := 0
		maps := redis.NewSeatMaps(open(t, "redis://127.0.0.1:1"), memstores.NewDB().SeatMaps(), func(_ context.Context, err error) {
			if reports++; !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("it reports %v, want ErrUnavailable", err)
			}
		})
		err := maps.ForgetOn(publisher(takesAll)).Publish(t.Context(), []platform.Event{
			{Body: booking.SeatsHeld{Show: "s-1"}}, {Body: booking.SeatsHeld{Show: "s-2"}},
		})
		if err != nil || reports != 1 {
			t.Errorf("%v and %d reports, want one", err, reports)
		}
	})
}
