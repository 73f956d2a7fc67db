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
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "letters", h.mailbox.mails, []sentMail{
			{Booking: booked.ID(), To: "ann@example.com", Contents: "A-1 " + string(tickets[0].Code()) + "\n"},
		})
	})

	t.Run("has nobody to write to without an address", func(t *testing.T) {
		h := newHarness(t)
		silent := newActor("carl", "", "", role.Customer)
		held := h.held(t, silent, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.RequestPayment, inbound.RequestPayment{Actor: silent, Booking: held.ID(), Token: "tok_ok"})
		h.handleEvents(t)
		h.wantTickets(t, held.ID(), ticket.StatusValid)
		wantEqual(t, "letters", h.mailbox.mails, nil)
	})

	t.Run("does not write about a booking that was cancelled meanwhile", func(t *testing.T) {
		h := newHarness(t)
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		mustHandle(t, h.NotifyCustomer, inbound.NotifyCustomer{Booking: booked.ID()})
		wantEqual(t, "letters", h.mailbox.mails, nil)
	})

	t.Run("fails, to be asked again, while the document cannot be had", func(t *testing.T) {
		h := newHarness(t)
		booked, _ := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		cmd := inbound.NotifyCustomer{Booking: booked.ID()}
		h.NotifyCustomer = h.with(func(p *application.Ports) { p.Objects = failingObjects{h.objects, firstCalls(1)} }).NotifyCustomer
		wantRefused(t, h.NotifyCustomer, cmd, errInjected)
		wantEqual(t, "letters", h.mailbox.mails, nil)
		mustHandle(t, h.NotifyCustomer, cmd)
		wantEqual(t, "letters", len(h.mailbox.mails), 1)
	})
}
