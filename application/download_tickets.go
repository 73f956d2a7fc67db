package application

import (
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// DownloadTickets streams the PDF with a confirmed booking's tickets to its
// customer.
type DownloadTickets struct {
	Bookings outbound.Bookings
	Objects  outbound.Objects
}

// Handle opens the PDF.
func (uc *DownloadTickets) Handle(ctx context.Context, q inbound.DownloadTickets) (io.ReadCloser, error) {
	b, err := ownBooking(ctx, uc.Bookings, q.Actor, q.Booking)
	if err != nil {
		return nil, err
	}
	if err := b.CheckConfirmed(); err != nil {
		return nil, fmt.Errorf("tickets of booking %s: %w", b.ID(), outbound.ErrNotFound)
	}
	pdf, err := uc.Objects.Open(ctx, ticketsKey(b.ID()))
	if errors.Is(err, outbound.ErrNotFound) {
		return nil, fmt.Errorf("tickets of booking %s are being printed: %w", b.ID(), outbound.ErrUnavailable)
	}
	return pdf, err
}
