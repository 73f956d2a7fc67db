// Package ticketmail mails tickets to the customers of the box office.
package ticketmail

import (
	"context"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"

	"example.com/portico/adapters/mail"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

const (
	// timeFormat names the month, because 6/1 means different dates in different
	// countries.
	timeFormat = "Monday, 2 January 2006, 15:04 MST"

	text = `Your tickets for %[1]s are attached.

When:  %[2]s
Where: %[3]s
Seats: %[4]s
Paid:  %[5]s

Bring them on paper or on a screen. Each ticket admits one person, once: the
first who shows its code. Keep the codes to yourself until you are at the door.

Booking %[6]s
`
)

var _ outbound.Notifier = (*Notifier)(nil)

// Notifier sends tickets by email.
type Notifier struct {
	sender mail.Sender
	from   *netmail.Address
}

// New returns a notifier that sends from an address such as "Box office
// <tickets@example.com>".
func New(sender mail.Sender, from string) (*Notifier, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("invalid sender address %q: %w", from, err)
	}
	return &Notifier{sender, address}, nil
}

func (n *Notifier) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	err := n.sender.Send(ctx, mail.Message{
		ID:      fmt.Sprintf("%s.tickets@%s", b.ID(), domainOf(n.from)),
		Name:    string(b.ID()),
		From:    n.from,
		To:      b.Email(),
		Subject: "Your tickets for " + sh.Title(),
		Text: fmt.Sprintf(text,
			sh.Title(), sh.LocalStart().Format(timeFormat), sh.Venue(), seatsOf(b), b.Total(), b.ID()),
		Attachment: mail.Attachment{Name: "tickets.pdf", ContentType: "application/pdf", Content: pdf},
	})
	if err != nil {
		return fmt.Errorf("send tickets of booking %s: %w", b.ID(), err)
	}
	return nil
}

func domainOf(a *netmail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

func seatsOf(b *booking.Booking) string {
	var seats []string
	for _, label := range b.Labels() {
		seats = append(seats, string(label))
	}
	return strings.Join(seats, ", ")
}
