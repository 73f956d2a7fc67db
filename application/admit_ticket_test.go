package application_test

import (
	"testing"

	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

func TestAdmitTicket(t *testing.T) {
	t.Run("admits a ticket once under concurrent requests", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			h := newHarness(t)
			_, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
			h.drainOutbox(t)
			var errs [8]error
			var tasks []func()
			for i := range errs {
				tasks = append(tasks, func() {
					_, errs[i] = h.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
				})
			}
			concurrently(tasks...)
			admitted := 0
			for _, err := range errs {
				if err == nil {
					admitted++
					continue
				}
				wantEqual(t, "admitted at", wantErrorAs[*ticket.AlreadyAdmittedError](t, err).At, noon)
			}
			if admitted != 1 {
				t.Errorf("one ticket was admitted %d times, want once", admitted)
			}
			wantEqual(t, "events", types(h.drainOutbox(t), tickets[0].Booking()), []string{"ticket.admitted"})
		})
	})

	t.Run("refuses a void ticket", func(t *testing.T) {
		h := newHarness(t)
		booked, tickets := h.ticketed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		wantRefused(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()}, ticket.ErrVoid)
	})
}
