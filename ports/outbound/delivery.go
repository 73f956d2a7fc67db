package outbound

import (
	"context"
	"io"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// TicketPrinter makes the document that a customer brings to the door.
type TicketPrinter interface {
	// Print writes a PDF with one page and one QR code a ticket, in the order
	// given. The QR code holds the ticket's code and nothing else.
	Print(w io.Writer, sh *show.Show, tickets []*ticket.Ticket) error
}

// Notifier writes to customers.
type Notifier interface {
	// SendTickets sends the tickets of a booking to its customer's email
	// address. Sending the same booking's again sends the same message id, so
	// that a mailbox can tell. Errors: ErrUnavailable.
	SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error
}
