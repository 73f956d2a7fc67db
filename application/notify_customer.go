package application

import (
	"context"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// NotifyCustomer mails the tickets to the customer, if the address is known. After a
// crash the mail may be sent again, with the same message id. If the mail is refused
// permanently, Handle returns platform.ErrPermanent. The event then becomes a dead letter,
// which an operator can replay.
type NotifyCustomer struct {
	shows    outbound.Shows
	bookings outbound.Bookings
	objects  platform.Objects
	notifier outbound.Notifier
}

// Handle does nothing if the booking is no longer confirmed.
func (uc *NotifyCustomer) Handle(ctx context.Context, cmd inbound.NotifyCustomer) (ports.None, error) {
	b, err := uc.bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return ports.None{}, err
	}
	if b.Email() == "" || b.CheckConfirmed() != nil {
		return ports.None{}, nil
	}
	sh, err := uc.shows.Get(ctx, b.Show())
	if err != nil {
		return ports.None{}, err
	}
	pdf, err := uc.objects.Open(ctx, ticketsKey(b.ID()))
	if err != nil {
		return ports.None{}, err
	}
	defer pdf.Close()
	return ports.None{}, uc.notifier.SendTickets(ctx, b, sh, pdf)
}
