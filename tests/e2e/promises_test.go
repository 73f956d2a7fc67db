package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// bookings returns the bookings of a show of the organiser.
func (c *caller) bookings(showID string) []client.Booking {
	c.App.T.Helper()
	var all []client.Booking
	for path := "/api/v1/bookings?limit=100&showId=" + showID; ; {
		page := harness.Decode[client.BookingPage](c.Call("GET", path, nil).Want(200))
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all
		}
		path = "/api/v1/bookings?limit=100&showId=" + showID + "&cursor=" + *page.NextCursor
	}
}

// settles waits until no booking of the organiser's show is held or paying, and no refund
// is due.
func (c *caller) settles(showID string) {
	c.App.T.Helper()
	var open []string
	defer func() {
		if len(open) > 0 {
			c.App.T.Logf("in flight: %s", strings.Join(open, ", "))
		}
	}()
	harness.Eventually(c.App.T, 2*time.Minute, "no hold, payment or refund is in flight", func() bool {
		open = nil
		for _, booking := range c.bookings(showID) {
			if booking.Status == client.BookingStatusHeld || booking.Status == client.BookingStatusPaying || booking.Refund == client.RefundStatusDue {
				open = append(open, fmt.Sprintf("%s is %s, refund %s", booking.ID, booking.Status, booking.Refund))
			}
		}
		return len(open) == 0
	})
}

// keepsItsPromises checks the API, the ledger and the customers' logs against the
// README's promises.
func (b *boxOffice) keepsItsPromises(showID string, logs []*bookingLog) {
	t := b.T
	t.Helper()
	all := b.organiser().sellsEachSeatOnce(showID)
	acknowledged := 0
	for _, d := range logs {
		for id, e := range d.bookings {
			acknowledged++
			booking, there := all[id]
			switch {
			case !there:
				t.Errorf("booking %s was acknowledged and does not exist", id)
			case fmt.Sprint(booking.Seats) != fmt.Sprint(e.seats):
				t.Errorf("booking %s has seats %v, want %v as acknowledged", id, booking.Seats, e.seats)
			case booking.Attempts < e.payments:
				t.Errorf("booking %s has %d payments, want at least the %d that were acknowledged", id, booking.Attempts, e.payments)
			case e.cancelled && booking.Status != client.BookingStatusCancelled:
				t.Errorf("booking %s is %s, want cancelled as acknowledged", id, booking.Status)
			}
			d.checkTickets(booking)
		}
	}
	if len(all) != acknowledged {
		t.Errorf("%d idempotency keys made %d bookings, want one each", acknowledged, len(all))
	}
	b.chargedOnceAKey()
	b.hasNoDeadLetters()
}

// sellsEachSeatOnce checks the organiser's show. Each confirmed booking must have one
// charge, and seats that no other booking has. Other bookings must have no charge. The
// seat map must agree. It returns the bookings by id.
func (c *caller) sellsEachSeatOnce(showID string) map[string]client.Booking {
	t := c.App.T
	t.Helper()
	ledger := c.box.ledger()
	all := map[string]client.Booking{}
	owner := map[string]string{}
	for _, booking := range c.bookings(showID) {
		all[booking.ID] = booking
		count, sum := ledger.charges(booking.ID)
		if booking.Status != client.BookingStatusConfirmed {
			if count != 0 {
				t.Errorf("booking %s is %s and has %d charges that were not refunded, want none", booking.ID, booking.Status, count)
			}
			continue
		}
		if count != 1 || sum != booking.Total.Amount {
			t.Errorf("booking %s is confirmed and has %d charges of %d, want one of %d", booking.ID, count, sum, booking.Total.Amount)
		}
		for _, seat := range booking.Seats {
			if other, taken := owner[seat]; taken {
				t.Errorf("seat %s was sold to booking %s and to %s", seat, other, booking.ID)
			}
			owner[seat] = booking.ID
		}
	}
	for label, status := range c.seats(showID) {
		if _, sold := owner[label]; sold != (status == client.SeatStatusSold) {
			t.Errorf("seat %s is %s, and its confirmed booking is %q", label, status, owner[label])
		}
	}
	return all
}

func (b *boxOffice) hasNoDeadLetters() {
	b.T.Helper()
	if letters, err := b.Command("deadletters", "list").Output(); err != nil || len(letters) != 0 {
		b.T.Errorf("dead letters: %q, %v; want none", letters, err)
	}
}

// checkTickets checks that a confirmed booking has a PDF, a mail and one valid or used
// ticket per seat. Other bookings must have no valid ticket.
func (d *bookingLog) checkTickets(b client.Booking) {
	t := d.box.T
	t.Helper()
	if b.Status != client.BookingStatusConfirmed {
		for _, ticket := range harness.Decode[client.Tickets](d.Call("GET", "/api/v1/bookings/"+b.ID+"/tickets", nil).Want(200)).Items {
			if ticket.Status == client.TicketStatusValid {
				t.Errorf("booking %s is %s and its ticket for %s is valid, want void", b.ID, b.Status, ticket.Seat)
			}
		}
		return
	}
	tickets := d.tickets(b.ID)
	if len(tickets) != len(b.Seats) {
		t.Errorf("booking %s has %d tickets, want %d, one a seat", b.ID, len(tickets), len(b.Seats))
	}
	for _, ticket := range tickets {
		if ticket.Status == client.TicketStatusVoid {
			t.Errorf("booking %s is confirmed and its ticket for %s is void, want valid or used", b.ID, ticket.Seat)
		}
	}
	harness.Eventually(t, 20*time.Second, "the PDF of booking "+b.ID, func() bool {
		return d.Call("GET", "/api/v1/bookings/"+b.ID+"/tickets.pdf", nil).Status == http.StatusOK
	})
	harness.Eventually(t, 20*time.Second, "the mail for booking "+b.ID, func() bool {
		return d.box.Mails(b.ID) > 0
	})
}

// chargedOnceAKey checks that the ledger has no two charges with the same key.
func (b *boxOffice) chargedOnceAKey() {
	b.T.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.DataDir, ledgerFile))
	if err != nil {
		b.T.Fatal(err)
	}
	charged := map[string]int{}
	for _, e := range entries {
		if e.Status == "charged" {
			charged[e.Key]++
		}
	}
	for key, n := range charged {
		if n != 1 {
			b.T.Errorf("key %s was charged %d times, want once", key, n)
		}
	}
}
