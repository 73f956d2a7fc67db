// Package mail writes emails to customers.
package mail

import (
	"fmt"
	"io"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

const (
	// timeFormat names the day, because 6/1 is another date on the other side
	// of an ocean.
	timeFormat = "Monday, 2 January 2006, 15:04 MST"

	text = `Your tickets for %[1]s are attached.

When:  %[2]s
Where: %[3]s
Seats: %[4]s
Paid:  %[5]s

Bring them on paper or on a screen. Each lets one person in, once: whoever
comes with its code first has the seat, so show it to nobody but the door.

Booking %[6]s
`
)

// newMessage writes to the customer of a booking. Its id is the booking's, so
// that a mailbox can tell when the message comes again.
func newMessage(from *mail.Address, b *booking.Booking, sh *show.Show, pdf io.Reader) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(from)
	if err := m.To(b.Email()); err != nil {
		return nil, fmt.Errorf("booking %s has no email address that can be written to", b.ID())
	}
	m.SetMessageIDWithValue(fmt.Sprintf("%s.tickets@%s", b.ID(), domainOf(from)))
	m.Subject("Your tickets for " + sh.Title())
	m.SetBodyString(gomail.TypeTextPlain, fmt.Sprintf(text,
		sh.Title(), sh.StartsAt().Format(timeFormat), sh.Venue(), seatsOf(b), b.Total(), b.ID()))
	if err := m.AttachReader("tickets.pdf", pdf, gomail.WithFileContentType("application/pdf")); err != nil {
		return nil, fmt.Errorf("read the tickets of booking %s: %w", b.ID(), err)
	}
	return m, nil
}

func domainOf(a *mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

func seatsOf(b *booking.Booking) string {
	var seats []string
	for _, label := range b.Labels() {
		seats = append(seats, string(label))
	}
	return strings.Join(seats, ", ")
}
