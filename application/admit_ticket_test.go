package application_test

import (
	"testing"

	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

func TestAdmitTicket(t *testing.T) {
	t.Run("lets one in, once, under any rush", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			b := newBench(t)
			_, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
			b.relayed(t)
			var errs [8]error
			var tasks []func()
			for i := range errs {
				tasks = append(tasks, func() {
					_, errs[i] = b.AdmitTicket.Handle(t.Context(), inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()})
				})
			}
			atOnce(tasks...)
			admitted := 0
			for _, err := range errs {
				if err == nil {
					admitted++
					continue
				}
				wantEqual(t, "admitted at", wantRefusal[*ticket.AlreadyAdmittedError](t, err).At, noon)
			}
			if admitted != 1 {
				t.Errorf("one ticket let %d in", admitted)
			}
			wantEqual(t, "events", types(b.relayed(t), tickets[0].Booking()), []string{"ticket.admitted"})
		})
	})

	t.Run("refuses a void ticket", func(t *testing.T) {
		b := newBench(t)
		booked, tickets := b.ticketed(t, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: booked.ID()})
		refuse(t, b.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: tickets[0].Code()}, ticket.ErrVoid)
	})
}
