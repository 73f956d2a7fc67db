package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
)

// bookings are all of a show.
func (b *boxOffice) bookings(showID string) []client.Booking {
	b.t.Helper()
	var all []client.Booking
	for path := "/api/v1/bookings?limit=100&showId=" + showID; ; {
		page := into[client.BookingPage](b.organiser().call("GET", path, nil).want(200))
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all
		}
		path = "/api/v1/bookings?limit=100&showId=" + showID + "&cursor=" + *page.NextCursor
	}
}

// settles waits until nothing is under way any more.
func (b *boxOffice) settles(showID string) {
	b.t.Helper()
	var open []string
	defer func() {
		if len(open) > 0 {
			b.t.Logf("under way: %s", strings.Join(open, ", "))
		}
	}()
	eventually(b.t, 2*time.Minute, "all that was under way has ended", func() bool {
		open = nil
		for _, booking := range b.bookings(showID) {
			if booking.Status == client.BookingStatusHeld || booking.Status == client.BookingStatusPaying || booking.Refund == client.RefundStatusDue {
				open = append(open, fmt.Sprintf("%s is %s, refund %s", booking.ID, booking.Status, booking.Refund))
			}
		}
		return len(open) == 0
	})
}

// keepsItsPromises checks what the README promises against the customers'
// diaries.
func (b *boxOffice) keepsItsPromises(showID string, diaries []*diary) {
	t := b.t
	t.Helper()
	books := b.books()
	all := map[string]client.Booking{}
	owner := map[string]string{}
	for _, booking := range b.bookings(showID) {
		all[booking.ID] = booking
		count, sum := books.standing(booking.ID)
		if booking.Status != client.BookingStatusConfirmed {
			if count != 0 {
				t.Errorf("booking %s is %s and %d charges stand", booking.ID, booking.Status, count)
			}
			continue
		}
		if count != 1 || sum != booking.Total.Amount {
			t.Errorf("booking %s is confirmed for %d and %d charges of %d stand", booking.ID, booking.Total.Amount, count, sum)
		}
		for _, seat := range booking.Seats {
			if other, taken := owner[seat]; taken {
				t.Errorf("seat %s was sold to booking %s and to %s", seat, other, booking.ID)
			}
			owner[seat] = booking.ID
		}
	}
	for label, status := range b.anybody().seats(showID) {
		if _, sold := owner[label]; sold != (status == client.SeatStatusSold) {
			t.Errorf("seat %s is %s; its booking is %q", label, status, owner[label])
		}
	}
	acknowledged := 0
	for _, d := range diaries {
		for id, e := range d.bookings {
			acknowledged++
			booking, there := all[id]
			switch {
			case !there:
				t.Errorf("booking %s was acknowledged and is lost", id)
			case fmt.Sprint(booking.Seats) != fmt.Sprint(e.seats):
				t.Errorf("booking %s has seats %v, acknowledged %v", id, booking.Seats, e.seats)
			case booking.Attempts < e.payments:
				t.Errorf("booking %s has %d payments, acknowledged %d", id, booking.Attempts, e.payments)
			case e.cancelled && booking.Status != client.BookingStatusCancelled:
				t.Errorf("booking %s is %s, acknowledged as cancelled", id, booking.Status)
			}
			d.checkTickets(booking)
		}
	}
	if len(all) != acknowledged {
		t.Errorf("there are %d bookings for %d idempotency keys", len(all), acknowledged)
	}
	b.chargedOnceAKey()
	if letters, err := b.command("deadletters", "list").Output(); err != nil || len(letters) != 0 {
		t.Errorf("dead letters (%v): %s", err, letters)
	}
}

// checkTickets looks for one ticket a seat that is or was valid, a PDF and a mail for a
// confirmed booking, and for no valid ticket otherwise.
func (d *diary) checkTickets(b client.Booking) {
	t := d.box.t
	t.Helper()
	if b.Status != client.BookingStatusConfirmed {
		for _, ticket := range into[client.Tickets](d.call("GET", "/api/v1/bookings/"+b.ID+"/tickets", nil).want(200)).Items {
			if ticket.Status == client.TicketStatusValid {
				t.Errorf("booking %s is %s and its ticket for %s is valid", b.ID, b.Status, ticket.Seat)
			}
		}
		return
	}
	tickets := d.tickets(b.ID)
	if len(tickets) != len(b.Seats) {
		t.Errorf("booking %s has %d tickets for %d seats", b.ID, len(tickets), len(b.Seats))
	}
	for _, ticket := range tickets {
		if ticket.Status == client.TicketStatusVoid {
			t.Errorf("booking %s is confirmed and its ticket for %s is void", b.ID, ticket.Seat)
		}
	}
	eventually(t, 20*time.Second, "the PDF of booking "+b.ID, func() bool {
		return d.call("GET", "/api/v1/bookings/"+b.ID+"/tickets.pdf", nil).Status == http.StatusOK
	})
	eventually(t, 20*time.Second, "the mail for booking "+b.ID, func() bool {
		return d.box.mails(b.ID) > 0
	})
}

// chargedOnceAKey looks for a key under which money was taken twice.
func (b *boxOffice) chargedOnceAKey() {
	b.t.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.dataDir, ledger))
	if err != nil {
		b.t.Fatal(err)
	}
	taken := map[string]int{}
	for _, e := range entries {
		if e.Status == "charged" {
			taken[e.Key]++
		}
	}
	for key, n := range taken {
		if n != 1 {
			b.t.Errorf("money was taken %d times under key %s", n, key)
		}
	}
}
