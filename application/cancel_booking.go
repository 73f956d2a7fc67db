package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// CancelBooking cancels a customer's booking and its tickets in one transaction.
// RefundPayment refunds the charge later.
type CancelBooking struct {
	shows    outbound.Shows
	bookings outbound.Bookings
	work     outbound.UnitOfWork
	clock    platform.Clock
}

func (uc *CancelBooking) Handle(ctx context.Context, cmd inbound.CancelBooking) (*booking.Booking, error) {
	b, err := ownBooking(ctx, uc.bookings, cmd.Actor, cmd.Booking)
	if err != nil {
		return nil, err
	}
	if b.Status() == booking.StatusCancelled {
		return b, nil
	}
	sh, err := uc.shows.Get(ctx, b.Show())
	if err != nil {
		return nil, err
	}
	now := uc.clock.Now()
	err = uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		b, err = s.Bookings.Update(ctx, cmd.Booking, func(b *booking.Booking) error {
			return b.Cancel(sh.StartsAt(), now)
		})
		if err != nil {
			return err
		}
		return voidTickets(ctx, s.Tickets, b.ID(), (*ticket.Ticket).Cancel, now)
	})
	if _, used := errors.AsType[*ticket.AlreadyAdmittedError](err); used {
		return nil, &booking.NotCancellableError{Status: booking.StatusConfirmed, Reason: "a ticket of it was used"}
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

func voidTickets(ctx context.Context, tickets outbound.Tickets, id booking.ID, cancel func(*ticket.Ticket, time.Time) error, now time.Time) error {
	issued, err := tickets.ListByBooking(ctx, id)
	if err != nil {
		return err
	}
	for _, t := range issued {
		_, err := tickets.Update(ctx, t.Code(), func(t *ticket.Ticket) error { return cancel(t, now) })
		if err != nil {
			return fmt.Errorf("ticket for seat %s: %w", t.Seat(), err)
		}
	}
	return nil
}
