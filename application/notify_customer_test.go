package application_test

import (
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/role"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

func TestNotifyCustomer(t *testing.T) {
	t.Run("mails the document to the customer", func(t *testing.T) {
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "mails", h.mailbox.mails, []sentMail{
			{Booking: booked.ID(), To: "ann@example.com", Contents: "A-1 " + string(tickets[0].Code()) + "\n"},
		})
	})

	t.Run("sends nothing to a customer without an address", func(t *testing.T) {
		h := newHarness(t)
		withoutEmail := newActor("carl", "", "", role.Customer)
		held := h.held(t, withoutEmail, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: withoutEmail, Booking: held.ID(), Token: "tok_ok"})
		h.handleEvents(t)
		h.wantTickets(t, held.ID(), ticket.StatusValid)
		wantEqual(t, "mails", h.mailbox.mails, nil)
	})

	t.Run("sends nothing for a cancelled booking", func(t *testing.T) {
		h := newHarness(t)
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		mustHandle(t, h.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "mails", h.mailbox.mails, nil)
	})

	t.Run("fails while the document cannot be read, and succeeds at the next delivery", func(t *testing.T) {
		h := newHarness(t)
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		cmd := inbound.NotifyCustomer{Booking: booked.ID()}
		h.NotifyCustomer = h.with(func(p *application.Ports) { p.Objects = failingObjects{h.objects, firstCalls(1)} }).NotifyCustomer
		wantRefused(t, h.NotifyCustomer, cmd, errInjected)
		wantEqual(t, "mails", h.mailbox.mails, nil)
		mustHandle(t, h.NotifyCustomer, cmd)
		wantEqual(t, "mails", len(h.mailbox.mails), 1)
	})
}
