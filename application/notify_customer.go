package application

import (
	"context"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// NotifyCustomer mails the tickets to who booked, if an address is known. No
// transaction reaches into a mailbox: after a crash the mail may go out again,
// with the same message id.
type NotifyCustomer struct {
	Shows    outbound.Shows
	Bookings outbound.Bookings
	Objects  outbound.Objects
	Notifier outbound.Notifier
}

// Handle mails the tickets, unless the booking was cancelled meanwhile.
func (uc *NotifyCustomer) Handle(ctx context.Context, cmd inbound.NotifyCustomer) (inbound.Done, error) {
	b, err := uc.Bookings.Get(ctx, cmd.Booking)
	if err != nil {
		return inbound.Done{}, err
	}
	if b.Email() == "" || b.CheckConfirmed() != nil {
		return inbound.Done{}, nil
	}
	sh, err := uc.Shows.Get(ctx, b.Show())
	if err != nil {
		return inbound.Done{}, err
	}
	pdf, err := uc.Objects.Open(ctx, ticketsKey(b.ID()))
	if err != nil {
		return inbound.Done{}, err
	}
	defer pdf.Close()
	return inbound.Done{}, uc.Notifier.SendTickets(ctx, b, sh, pdf)
}
