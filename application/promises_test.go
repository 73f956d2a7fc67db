package application_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

// The promises of the README, checked on what the stores, the simulator's
// ledger, the relay and the mailbox hold.

// checkAlways is for what is true at any moment.
func (w *world) checkAlways() {
	charges := w.charges(w)
	claims := map[show.ID]map[show.Label]booking.ID{}
	for _, id := range w.shows {
		claims[id] = map[show.Label]booking.ID{}
	}
	for _, b := range w.allBookings() {
		if b.Status() == booking.StatusConfirmed {
			w.checkPaid(b, charges[b.ChargeKey()])
		}
		if !b.Status().Live() {
			continue
		}
		for _, l := range b.Labels() {
			if other, twice := claims[b.Show()][l]; twice {
				w.Fatalf("promise 1: the live bookings %s and %s both have seat %s", other, b.ID(), l)
			}
			claims[b.Show()][l] = b.ID()
		}
	}
	for _, id := range w.shows {
		m, err := w.db.SeatMaps().Get(context.Background(), id)
		must(w, err)
		for _, seat := range m.Seats {
			if _, claimed := claims[id][seat.Label]; claimed != (seat.Status != booking.SeatFree) {
				w.Fatalf("promise 6: seat %s is %s; claimed by a live booking: %t", seat.Label, seat.Status, claimed)
			}
		}
	}
	for code, times := range w.admitted {
		if times > 1 {
			w.Fatalf("promise 5: ticket %s let %d people in", code, times)
		}
	}
}

func (w *world) checkPaid(b *booking.Booking, c payments.Charge) {
	if c.Status != "charged" || c.Amount != b.Total().Amount() || c.Currency != b.Total().Currency().String() || c.Reference != string(b.ID()) {
		w.Fatalf("promise 2: booking %s is confirmed for %s, and its charge is %+v", b.ID(), b.Total(), c)
	}
}

// checkAtRest is for what is true once everything has had its course.
func (w *world) checkAtRest() {
	standing := map[string][]string{}
	for _, c := range w.charges(w) {
		if c.Status == "charged" {
			standing[c.Reference] = append(standing[c.Reference], c.Key)
		}
	}
	for _, keys := range standing {
		slices.Sort(keys)
	}
	happened := map[string]map[string]int{} // by aggregate and type
	for _, e := range w.relayed {
		if happened[e.Aggregate] == nil {
			happened[e.Aggregate] = map[string]int{}
		}
		happened[e.Aggregate][e.Type]++
	}
	for _, b := range w.allBookings() {
		w.checkEnd(b, standing[string(b.ID())])
		w.checkTickets(b)
		w.checkEvents(b, happened[string(b.ID())])
		delete(standing, string(b.ID()))
	}
	if len(standing) > 0 {
		w.Fatalf("promise 3: money was taken for no booking: %v", standing)
	}
	w.checkKeys()
}

// checkEnd looks at where a booking and its money have ended.
func (w *world) checkEnd(b *booking.Booking, standing []string) {
	sh, err := w.Shows.Get(context.Background(), b.Show())
	must(w, err)
	switch b.Status() {
	case booking.StatusConfirmed:
		if want := []string{string(b.ChargeKey())}; !slices.Equal(standing, want) {
			w.Fatalf("promise 2: confirmed booking %s has the charges %v, want %v", b.ID(), standing, want)
		}
		if sh.Status() == show.StatusCancelled {
			w.Fatalf("promise 3: booking %s is confirmed for a show that was called off", b.ID())
		}
	case booking.StatusExpired, booking.StatusCancelled:
		if len(standing) > 0 || b.Refund() == booking.RefundDue {
			w.Fatalf("promise 3: booking %s is %s with refund %s, and the charges %v stand", b.ID(), b.Status(), b.Refund(), standing)
		}
	default:
		w.Fatalf("booking %s never ended: it is %s", b.ID(), b.Status())
	}
}

func (w *world) checkTickets(b *booking.Booking) {
	var printed string
	seats := []show.Label{}
	for _, issued := range w.tickets(w, b.ID()) {
		seats = append(seats, issued.Seat())
		printed += fmt.Sprintln(issued.Seat(), issued.Code())
		if issued.Status() == ticket.StatusValid && b.Status() != booking.StatusConfirmed || issued.Status() == ticket.StatusVoid && b.Status() == booking.StatusConfirmed {
			w.Fatalf("promise 4: the ticket for %s is %s, and booking %s is %s", issued.Seat(), issued.Status(), b.ID(), b.Status())
		}
	}
	if b.Status() != booking.StatusConfirmed {
		return
	}
	if want := slices.Sorted(slices.Values(b.Labels())); !slices.Equal(seats, want) {
		w.Fatalf("promise 4: booking %s has tickets for %v, want %v", b.ID(), seats, want)
	}
	if document := w.printed(w, b.ID()); document != printed {
		w.Fatalf("promise 4: the document says\n%s, and the tickets are\n%s", document, printed)
	}
	want := letter{Booking: b.ID(), To: b.Email(), Contents: printed}
	if !slices.Contains(w.mailbox.letters, want) {
		w.Fatalf("promise 7: the tickets of booking %s were never mailed", b.ID())
	}
}

// checkEvents compares the events that reached the broker with what has become
// of a booking: each effect is there, and once.
func (w *world) checkEvents(b *booking.Booking, happened map[string]int) {
	want := map[string]int{
		"booking.held":              1,
		"booking.payment_requested": b.Attempt(),
		"booking.payment_declined":  b.Attempt(),
	}
	if b.Status() == booking.StatusConfirmed || b.Refund() != booking.RefundNone {
		want["booking.confirmed"] = 1
		want["booking.payment_declined"]--
	}
	switch b.Status() {
	case booking.StatusConfirmed:
		want["booking.ticketed"] = 1
	case booking.StatusExpired:
		want["booking.expired"] = 1
	case booking.StatusCancelled:
		want["booking.cancelled"] = 1
		want["booking.ticketed"] = min(1, happened["booking.ticketed"]) // it may have been cancelled before
	}
	if b.Refund() != booking.RefundNone {
		want["booking.refunded"] = 1
	}
	for _, issued := range w.tickets(w, b.ID()) {
		want["ticket.issued"]++
		switch issued.Status() {
		case ticket.StatusUsed:
			want["ticket.admitted"]++
		case ticket.StatusVoid:
			want["ticket.voided"]++
		}
	}
	for _, types := range []map[string]int{want, happened} {
		for name := range types {
			if happened[name] != want[name] {
				w.Fatalf("promise 7: %s happened %d times to booking %s, which is %s; want %d", name, happened[name], b.ID(), b.Status(), want[name])
			}
		}
	}
}

// checkKeys repeats every request when nothing new can be booked any more: the
// keys lead to all bookings there are, each to one.
func (w *world) checkKeys() {
	w.clock.Advance(24 * time.Hour)
	made := map[booking.ID]bool{}
	for _, request := range w.requests {
		again, err := w.HoldSeats.Handle(context.Background(), request)
		first, answered := w.answers[request.Key]
		switch {
		case err == nil && made[again.ID()], err == nil && answered && again.ID() != first, err != nil && answered:
			w.Fatalf("promise 8: key %s made booking %q first, and leads to %v, %v", request.Key, first, again, err)
		case err == nil:
			made[again.ID()] = true
		default:
			mayOnlyBe[*show.NotOnSaleError](w, err)
		}
	}
	if all := w.allBookings(); len(all) != len(made) {
		w.Fatalf("promise 8: %d keys made %d bookings", len(made), len(all))
	}
}

func (w *world) allBookings() []*booking.Booking {
	all, err := w.Bookings.List(context.Background(), outbound.BookingQuery{Limit: 1000})
	must(w, err)
	return all
}
