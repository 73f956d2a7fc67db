package redis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/redis"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

// publisher says what becomes of events.
type publisher func([]outbound.Event) error

func (p publisher) Publish(_ context.Context, events []outbound.Event) error { return p(events) }

// takesAll is a broker without subscribers.
func takesAll([]outbound.Event) error { return nil }

// relaying hands the events of each change over before it returns, so that a
// cache hears of changes by their events alone.
type relaying struct {
	outbox    outbound.Outbox
	publisher outbound.Publisher
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
func relayingStores(db *memory.DB, publisher outbound.Publisher) outbound.Stores {
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

func (s relayingBookings) Add(ctx context.Context, b *booking.Booking, key outbound.IdempotencyKey) (*booking.Booking, error) {
	added, err := s.Bookings.Add(ctx, b, key)
	return added, errors.Join(err, s.relay(ctx))
}

func (s relayingBookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	b, err := s.Bookings.Update(ctx, id, change)
	return b, errors.Join(err, s.relay(ctx))
}

// TestForgetOn counts what is forgotten by what is reported while Redis is away.
func TestForgetOn(t *testing.T) {
	t.Parallel()
	// publish returns what was published and how often a map could not be
	// forgotten before that and in all.
	publish := func(t *testing.T, answer error, bodies ...any) (published []outbound.Event, before, reports int, err error) {
		t.Helper()
		maps := redis.NewSeatMaps(open(t, "redis://127.0.0.1:1"), memory.NewDB().SeatMaps(), func(_ context.Context, err error) {
			if reports++; !errors.Is(err, outbound.ErrUnavailable) {
				t.Errorf("it reports %v, want ErrUnavailable", err)
			}
		})
		var events []outbound.Event
		for i, body := range bodies {
			events = append(events, outbound.Event{ID: outbound.EventID(fmt.Sprint(i)), Body: body})
		}
		err = maps.ForgetOn(publisher(func(events []outbound.Event) error {
			published, before = events, reports
			return answer
		})).Publish(t.Context(), events)
		return published, before, reports, err
	}

	for _, test := range []struct {
		body    any
		forgets int
	}{
		{show.Opened{Show: "s-1"}, 1},
		{show.CalledOff{Show: "s-1"}, 1},
		{booking.SeatsHeld{Show: "s-1"}, 1},
		{booking.BookingConfirmed{Show: "s-1"}, 1},
		{booking.HoldExpired{Show: "s-1"}, 1},
		{booking.BookingCancelled{Show: "s-1"}, 1},
		{show.Created{Show: "s-1"}, 0},
		{booking.PaymentRequested{}, 0},
		{booking.PaymentDeclined{}, 0},
		{booking.BookingRefunded{}, 0},
		{booking.BookingTicketed{Show: "s-1"}, 0},
		{ticket.Issued{Show: "s-1"}, 0},
		{ticket.Admitted{Show: "s-1"}, 0},
		{ticket.Voided{Show: "s-1"}, 0},
	} {
		t.Run(fmt.Sprintf("forgets %d maps before it publishes %T", test.forgets, test.body), func(t *testing.T) {
			t.Parallel()
			published, before, reports, err := publish(t, nil, test.body)
			if err != nil || len(published) != 1 {
				t.Errorf("%d events are published, %v, want one though Redis is away", len(published), err)
			}
			if before != test.forgets || reports != test.forgets {
				t.Errorf("%d reports, %d of them before it published", reports, before)
			}
		})
	}

	t.Run("forgets each map once for a batch", func(t *testing.T) {
		t.Parallel()
		published, _, reports, err := publish(t, nil,
			booking.SeatsHeld{Show: "s-1"}, booking.SeatsHeld{Show: "s-2"}, booking.PaymentRequested{},
			booking.BookingConfirmed{Show: "s-1"}, show.CalledOff{Show: "s-2"}, booking.BookingCancelled{Show: "s-1"})
		if err != nil || reports != 2 {
			t.Errorf("%d reports, %v, want 2", reports, err)
		}
		var ids []string
		for _, e := range published {
			ids = append(ids, string(e.ID))
		}
		if want := []string{"0", "1", "2", "3", "4", "5"}; !slices.Equal(ids, want) {
			t.Errorf("it published %q, want %q", ids, want)
		}
	})

	t.Run("says when the events are not published", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("no")
		if _, _, reports, err := publish(t, failure, booking.SeatsHeld{Show: "s-1"}); !errors.Is(err, failure) || reports != 1 {
			t.Errorf("%v and %d reports, want the publisher's error and one", err, reports)
		}
	})
}
