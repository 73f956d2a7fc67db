package application_test

import (
	"errors"
	"slices"
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestHoldSeats(t *testing.T) {
	t.Run("takes the price from the plan and the time from the clock", func(t *testing.T) {
		b := newBench(t)
		held := b.held(t, ann, b.onSale(t, hamlet()), "A-1", "B-12")
		if held.Total().String() != "65.00 EUR" || !held.HeldUntil().Equal(noon.Add(holdFor)) || held.Email() != "ann@example.com" {
			t.Errorf("held for %s until %s by %s", held.Total(), held.HeldUntil(), held.Email())
		}
	})

	t.Run("takes all seats or none", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		b.held(t, bob, sh, "A-2")
		_, err := b.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: sh.ID(), Seats: row("A", 3), Key: newKey()})
		wantEqual(t, "taken", wantRefusal[*booking.SeatsTakenError](t, err).Labels, []show.Label{"A-2"})
		b.held(t, ann, sh, "A-1", "A-3")
	})

	t.Run("refuses a draft's organisation nothing but the sale", func(t *testing.T) {
		b := newBench(t)
		both := known("olga", "", "globe", role.Organiser, role.Customer)
		_, err := b.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: both, Show: b.draft(t, hamlet()).ID(), Seats: row("A", 1), Key: newKey()})
		wantEqual(t, "status", wantRefusal[*show.NotOnSaleError](t, err).Status, show.StatusDraft)
	})

	t.Run("holds nothing once a show was called off while it looked", func(t *testing.T) {
		b := newBench(t)
		sh := b.onSale(t, hamlet())
		b.HoldSeats = b.with(func(p *application.Ports) {
			p.ShowsOnSale = busyShows{b.Shows, firstTime(func() {
				ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: sh.ID()})
				ask(t, b.CancelShowBookings, inbound.CancelShowBookings{})
			})}
		}).HoldSeats
		_, err := b.HoldSeats.Handle(t.Context(), inbound.HoldSeats{Actor: ann, Show: sh.ID(), Seats: row("A", 1), Key: newKey()})
		_ = wantRefusal[*show.NotOnSaleError](t, err)
		wantEqual(t, "bookings", b.picture(t).Bookings, nil)
	})
}

func TestHoldSeatsAgain(t *testing.T) {
	// repeated holds and returns that request and its answer.
	repeated := func(t *testing.T, b *bench) (inbound.HoldSeats, *booking.Booking) {
		request := inbound.HoldSeats{Actor: ann, Show: b.onSale(t, hamlet()).ID(), Seats: row("A", 2), Key: newKey()}
		return request, ask(t, b.HoldSeats, request)
	}
	for name, meanwhile := range map[string]func(t *testing.T, b *bench, first *booking.Booking){
		"at once":                func(*testing.T, *bench, *booking.Booking) {},
		"after the show started": func(_ *testing.T, b *bench, _ *booking.Booking) { b.clock.Advance(curtain.Sub(noon)) },
		"after the hold expired": func(t *testing.T, b *bench, _ *booking.Booking) {
			b.clock.Advance(holdFor)
			ask(t, b.ExpireHolds, inbound.ExpireHolds{})
		},
		"after the show was called off": func(t *testing.T, b *bench, first *booking.Booking) {
			ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
		},
		"after its bookings were cancelled as well": func(t *testing.T, b *bench, first *booking.Booking) {
			ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
			ask(t, b.CancelShowBookings, inbound.CancelShowBookings{})
		},
		"after the seats went to somebody else": func(t *testing.T, b *bench, first *booking.Booking) {
			ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: first.ID()})
			ask(t, b.HoldSeats, inbound.HoldSeats{Actor: bob, Show: first.Show(), Seats: row("A", 2), Key: newKey()})
		},
	} {
		t.Run(name+" is answered by the same booking", func(t *testing.T) {
			b := newBench(t)
			request, first := repeated(t, b)
			meanwhile(t, b, first)
			b.relayed(t)
			slices.Reverse(request.Seats)
			again := ask(t, b.HoldSeats, request)
			wantEqual(t, "booking", again.Snapshot(), b.booking(t, first.ID()).Snapshot())
			wantEqual(t, "events", b.relayed(t), nil)
		})

		t.Run(name+" for other seats is refused", func(t *testing.T) {
			b := newBench(t)
			request, first := repeated(t, b)
			meanwhile(t, b, first)
			request.Seats = row("A", 3)
			refuse(t, b.HoldSeats, request, ports.ErrIdempotencyKeyReused)
		})
	}

	t.Run("with somebody else's key is a request of one's own", func(t *testing.T) {
		b := newBench(t)
		request, first := repeated(t, b)
		request.Actor, request.Seats = bob, row("B", 1)
		if other := ask(t, b.HoldSeats, request); other.ID() == first.ID() || other.Customer() != "bob" {
			t.Error("bob got ann's booking")
		}
		ask(t, b.CancelShow, inbound.CancelShow{Actor: olga, Show: first.Show()})
		request.Actor = known("carl", "", "", role.Customer)
		_, err := b.HoldSeats.Handle(t.Context(), request)
		_ = wantRefusal[*show.NotOnSaleError](t, err)
	})

	t.Run("with a new key after the show started is refused", func(t *testing.T) {
		b := newBench(t)
		request, _ := repeated(t, b)
		b.clock.Advance(curtain.Sub(noon))
		request.Key = newKey()
		_, err := b.HoldSeats.Handle(t.Context(), request)
		if !wantRefusal[*show.NotOnSaleError](t, err).Started {
			t.Errorf("refused because %v, want because it has started", err)
		}
	})

	t.Run("makes nothing of a request that was refused before", func(t *testing.T) {
		b := newBench(t)
		request, _ := repeated(t, b)
		request.Key, request.Seats = newKey(), []show.Label{"Z-1"}
		_, err := b.HoldSeats.Handle(t.Context(), request)
		_ = wantRefusal[*invalid.Error](t, err)
		request.Seats = row("B", 1)
		ask(t, b.HoldSeats, request)
	})

	t.Run("many times at once makes one booking", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			b := newBench(t)
			request := inbound.HoldSeats{Actor: ann, Show: b.onSale(t, hamlet()).ID(), Seats: row("A", 2), Key: newKey()}
			var ids [8]booking.ID
			var errs [8]error
			var tasks []func()
			for i := range ids {
				tasks = append(tasks, func() {
					held, err := b.HoldSeats.Handle(t.Context(), request)
					if errs[i] = err; err == nil {
						ids[i] = held.ID()
					}
				})
			}
			atOnce(tasks...)
			must(t, errors.Join(errs[:]...))
			if len(slices.Compact(ids[:])) != 1 || len(b.picture(t).Bookings) != 1 {
				t.Errorf("one key made the bookings %v", ids)
			}
		})
	})
}
