package application_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

// The functions below check the promises in the README.

// checkAlways checks the promises that must hold at any time.
func (s *simulation) checkAlways() {
	charges := s.charges(s)
	claims := map[show.ID]map[show.Label]booking.ID{}
	for _, id := range s.shows {
		claims[id] = map[show.Label]booking.ID{}
	}
	for _, b := range s.allBookings() {
		if b.Status() == booking.StatusConfirmed {
			s.checkPaid(b, charges[b.ChargeKey()])
		}
		if !b.Status().Live() {
			continue
		}
		for _, l := range b.Labels() {
			if other, twice := claims[b.Show()][l]; twice {
				s.Fatalf("promise 1: the live bookings %s and %s both have seat %s", other, b.ID(), l)
			}
			claims[b.Show()][l] = b.ID()
		}
	}
	for _, id := range s.shows {
		m, err := s.db.SeatMaps().Get(context.Background(), id)
		must(s, err)
		for _, seat := range m.Seats {
			if _, claimed := claims[id][seat.Label]; claimed != (seat.Status != booking.SeatFree) {
				s.Fatalf("promise 6: seat %s is %s; claimed by a live booking: %t", seat.Label, seat.Status, claimed)
			}
		}
	}
	for code, firstCalls := range s.admitted {
		if firstCalls > 1 {
			s.Fatalf("promise 5: ticket %s was admitted %d times, want once", code, firstCalls)
		}
	}
}

func (s *simulation) checkPaid(b *booking.Booking, c payments.Charge) {
	if c.Status != "charged" || c.Amount != b.Total().Amount() || c.Currency != b.Total().Currency().String() || c.Reference != string(b.ID()) {
		s.Fatalf("promise 2: booking %s is confirmed for %s, and its charge is %+v", b.ID(), b.Total(), c)
	}
}

// checkAtRest checks the promises that must hold when no work is left.
func (s *simulation) checkAtRest() {
	charged := map[string][]string{}
	for _, c := range s.charges(s) {
		if c.Status == "charged" {
			charged[c.Reference] = append(charged[c.Reference], c.Key)
		}
	}
	for _, keys := range charged {
		slices.Sort(keys)
	}
	happened := map[string]map[string]int{} // by aggregate and type
	for _, e := range s.relayed {
		if happened[e.Aggregate] == nil {
			happened[e.Aggregate] = map[string]int{}
		}
		happened[e.Aggregate][e.Type]++
	}
	for _, b := range s.allBookings() {
		s.checkEnd(b, charged[string(b.ID())])
		s.checkTickets(b)
		s.checkEvents(b, happened[string(b.ID())])
		delete(charged, string(b.ID()))
	}
	if len(charged) > 0 {
		s.Fatalf("promise 3: charges without a booking: %v", charged)
	}
	s.checkKeys()
}

// checkEnd checks the final status of a booking and its charges.
func (s *simulation) checkEnd(b *booking.Booking, charged []string) {
	sh, err := s.Shows.Get(context.Background(), b.Show())
	must(s, err)
	switch b.Status() {
	case booking.StatusConfirmed:
		if want := []string{string(b.ChargeKey())}; !slices.Equal(charged, want) {
			s.Fatalf("promise 2: confirmed booking %s has the charges %v, want %v", b.ID(), charged, want)
		}
		if sh.Status() == show.StatusCancelled {
			s.Fatalf("promise 3: booking %s of a cancelled show is confirmed", b.ID())
		}
	case booking.StatusExpired, booking.StatusCancelled:
		if len(charged) > 0 || b.Refund() == booking.RefundDue {
			s.Fatalf("promise 3: booking %s is %s with refund %s and charges %v that were not refunded", b.ID(), b.Status(), b.Refund(), charged)
		}
	default:
		s.Fatalf("booking %s is %s when no work is left, want a final status", b.ID(), b.Status())
	}
}

func (s *simulation) checkTickets(b *booking.Booking) {
	var printed string
	seats := []show.Label{}
	for _, issued := range s.tickets(s, b.ID()) {
		seats = append(seats, issued.Seat())
		printed += fmt.Sprintln(issued.Seat(), issued.Code())
		if issued.Status() == ticket.StatusValid && b.Status() != booking.StatusConfirmed || issued.Status() == ticket.StatusVoid && b.Status() == booking.StatusConfirmed {
			s.Fatalf("promise 4: the ticket for %s is %s, and booking %s is %s", issued.Seat(), issued.Status(), b.ID(), b.Status())
		}
	}
	if b.Status() != booking.StatusConfirmed {
		return
	}
	if want := slices.Sorted(slices.Values(b.Labels())); !slices.Equal(seats, want) {
		s.Fatalf("promise 4: booking %s has tickets for %v, want %v", b.ID(), seats, want)
	}
	if document := s.printed(s, b.ID()); document != printed {
		s.Fatalf("promise 4: the document is\n%s, want the tickets\n%s", document, printed)
	}
	want := sentMail{Booking: b.ID(), To: b.Email(), Contents: printed}
	if !slices.Contains(s.mailbox.mails, want) {
		s.Fatalf("promise 7: the tickets of booking %s were not mailed", b.ID())
	}
}

// checkEvents compares the distinct events that reached the broker with those that the
// booking's state implies.
func (s *simulation) checkEvents(b *booking.Booking, happened map[string]int) {
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
		want["booking.ticketed"] = min(1, happened["booking.ticketed"]) // the booking may have been cancelled before its tickets were printed
	}
	if b.Refund() != booking.RefundNone {
		want["booking.refunded"] = 1
	}
	records, err := s.Audit.List(context.Background(), 0, math.MaxInt)
	must(s, err)
	for _, r := range records {
		if r.Command == "GiveUpPayment" && r.Subject == string(b.ID()) {
			want["booking.payment_given_up"]++
		}
	}
	for _, issued := range s.tickets(s, b.ID()) {
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
				s.Fatalf("promise 7: %s happened %d times to booking %s, which is %s; want %d", name, happened[name], b.ID(), b.Status(), want[name])
			}
		}
	}
}

// checkKeys advances the clock until all shows have started, and then repeats every
// request. Each booking must be returned for exactly one key.
func (s *simulation) checkKeys() {
	s.clock.Advance(24 * time.Hour)
	made := map[booking.ID]bool{}
	for _, request := range s.requests {
		again, err := s.HoldSeats.Handle(context.Background(), request)
		first, answered := s.answers[request.Key]
		switch {
		case err == nil && made[again.ID()], err == nil && answered && again.ID() != first, err != nil && answered:
			s.Fatalf("promise 8: key %s made booking %q, and repeated returns %v, %v", request.Key, first, again, err)
		case err == nil:
			made[again.ID()] = true
		default:
			mayOnlyBe[*show.NotOnSaleError](s, err)
		}
	}
	if all := s.allBookings(); len(all) != len(made) {
		s.Fatalf("promise 8: %d keys made %d bookings, want one each", len(made), len(all))
	}
}

func (s *simulation) allBookings() []*booking.Booking {
	all, err := s.Bookings.List(context.Background(), outbound.BookingQuery{Limit: 1000})
	must(s, err)
	return all
}
