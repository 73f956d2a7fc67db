package application

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// IssueTickets issues the tickets of a confirmed booking, one per seat, prints them and
// stores the PDF for download. Tickets are stored before they are printed, so that a
// retry after a crash prints the same codes.
type IssueTickets struct {
	shows    outbound.Shows
	bookings outbound.Bookings
	work     outbound.UnitOfWork
	printer  outbound.TicketPrinter
	objects  platform.Objects
	clock    platform.Clock
	ids      outbound.IDs
}

// Handle returns no error if the booking is no longer confirmed.
func (uc *IssueTickets) Handle(ctx context.Context, cmd inbound.IssueTickets) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	sh, err := uc.shows.Get(ctx, b.Show())
	if err != nil {
		return ports.None{}, err
	}
	err = uc.issue(ctx, cmd, sh)
	if errors.Is(err, booking.ErrNotConfirmed) {
		err = nil
	}
	return ports.None{}, err
}

func (uc *IssueTickets) issue(ctx context.Context, cmd inbound.IssueTickets, sh *show.Show) error {
	tickets, err := uc.store(ctx, cmd.Booking, sh)
	if err != nil {
		return err
	}
	var pdf bytes.Buffer
	if err := uc.printer.Print(&pdf, sh, tickets); err != nil {
		return fmt.Errorf("print tickets: %w", err)
	}
	if err := uc.objects.Put(ctx, ticketsKey(cmd.Booking), "application/pdf", &pdf); err != nil {
		return fmt.Errorf("store tickets: %w", err)
	}
	// Without the inbox, each run would cause another mail.
	return uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		first, err := s.Inbox.FirstTime(ctx, cmd.Delivery.Subscription, cmd.Delivery.Event)
		if err != nil || !first {
			return err
		}
		_, err = s.Bookings.Update(ctx, cmd.Booking, func(b *booking.Booking) error {
			return b.MarkTicketed(uc.clock.Now())
		})
		return err
	})
}

// store returns the booking's tickets, issuing them if there are none. Update locks the
// booking, so that it cannot be cancelled concurrently.
func (uc *IssueTickets) store(ctx context.Context, id booking.ID, sh *show.Show) ([]*ticket.Ticket, error) {
	var tickets []*ticket.Ticket
	err := uc.work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		b, err := s.Bookings.Update(ctx, id, (*booking.Booking).CheckConfirmed)
		if err != nil {
			return err
		}
		tickets, err = s.Tickets.ListByBooking(ctx, id)
		if err != nil || len(tickets) > 0 {
			return err
		}
		for _, seat := range b.Labels() {
			t, err := ticket.Issue(uc.ids.TicketCode(), sh, b, seat, uc.clock.Now())
			if err != nil {
				return err
			}
			tickets = append(tickets, t)
		}
		if err := s.Tickets.Add(ctx, tickets); err != nil {
			return err
		}
		tickets, err = s.Tickets.ListByBooking(ctx, id) // in the same order as in a retry
		return err
	})
	return tickets, err
}

func ticketsKey(id booking.ID) string { return "tickets/" + string(id) + ".pdf" }
