package outbound

import (
	"context"
	"io"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// TicketPrinter prints tickets.
type TicketPrinter interface {
	// Print writes a PDF with one page per ticket, in the order given. The QR code on a
	// page contains the ticket's code and nothing else.
	Print(w io.Writer, sh *show.Show, tickets []*ticket.Ticket) error
}

// Notifier sends email to customers.
type Notifier interface {
	// SendTickets sends the tickets to the email address of the booking. All messages
	// about a booking have the same Message-ID, so that a mailbox can detect duplicates.
	// Errors: ErrUnavailable; platform.ErrPermanent if the address is invalid, or if the
	// mail server permanently refuses the address or the message.
	SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error
}
