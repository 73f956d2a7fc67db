package application_test

import (
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/role"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

func TestNotifyCustomer(t *testing.T) {
	t.Run("mails the document to who booked", func(t *testing.T) {
		b := newBench(t)
		booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		ask(t, b.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "letters", b.mailbox.letters, []letter{
			{Booking: booked.ID(), To: "ann@example.com", Contents: "A-1 " + string(tickets[0].Code()) + "\n"},
		})
	})

	t.Run("has nobody to write to without an address", func(t *testing.T) {
		b := newBench(t)
		silent := known("carl", "", "", role.Customer)
		held := b.held(t, silent, b.onSale(t, hamlet()), "A-1")
		ask(t, b.RequestPayment, inbound.RequestPayment{Actor: silent, Booking: held.ID(), Token: "tok_ok"})
		b.run(t)
		b.wantTickets(t, held.ID(), ticket.StatusValid)
		wantEqual(t, "letters", b.mailbox.letters, nil)
	})

	t.Run("does not write about a booking that was cancelled meanwhile", func(t *testing.T) {
		b := newBench(t)
		booked, _ := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		ask(t, b.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "letters", b.mailbox.letters, nil)
	})

	t.Run("fails, to be asked again, while the document cannot be had", func(t *testing.T) {
		b := newBench(t)
		booked, _ := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		cmd := inbound.NotifyCustomer{Booking: booked.ID()}
		b.NotifyCustomer = b.with(func(p *application.Ports) { p.Objects = shakyObjects{b.objects, times(1)} }).NotifyCustomer
		refuse(t, b.NotifyCustomer, cmd, errBroken)
		wantEqual(t, "letters", b.mailbox.letters, nil)
		ask(t, b.NotifyCustomer, cmd)
		wantEqual(t, "letters", len(b.mailbox.letters), 1)
	})
}
