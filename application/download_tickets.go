package application

import (
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type DownloadTickets struct {
	bookings outbound.Bookings
	objects  platform.Objects
}

func (uc *DownloadTickets) Handle(ctx context.Context, q inbound.DownloadTickets) (io.ReadCloser, error) {
	b, err := ownBooking(ctx, uc.bookings, q.Actor, q.Booking)
	if err != nil {
		return nil, err
	}
	if err := b.CheckConfirmed(); err != nil {
		return nil, fmt.Errorf("tickets of booking %s: %w", b.ID(), ports.ErrNotFound)
	}
	pdf, err := uc.objects.Open(ctx, ticketsKey(b.ID()))
	if errors.Is(err, ports.ErrNotFound) {
		return nil, fmt.Errorf("tickets of booking %s are being printed: %w", b.ID(), ports.ErrUnavailable)
	}
	return pdf, err
}
