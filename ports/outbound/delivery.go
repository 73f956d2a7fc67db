package outbound

import (
	"context"
	"io"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// Objects keeps files by key. Keys are paths of letters, digits, dots, dashes
// and slashes: "tickets/42.pdf".
type Objects interface {
	// Put stores a file whole or not at all, in place of one that was there.
	// Errors: ErrUnavailable.
	Put(ctx context.Context, key, contentType string, content io.Reader) error
	// Open streams a file; the caller closes it. Errors: ErrNotFound,
	// ErrUnavailable.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
}

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
