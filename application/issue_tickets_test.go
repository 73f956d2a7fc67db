package application_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/portico/application"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestIssueTickets(t *testing.T) {
	// wantPrinted compares the document with the tickets that are stored.
	wantPrinted := func(t *testing.T, b *bench, id booking.ID) {
		t.Helper()
		var stored []string
		for _, issued := range b.tickets(t, id) {
			stored = append(stored, fmt.Sprintln(issued.Seat(), issued.Code()))
		}
		wantEqual(t, "lines", slices.Sorted(strings.Lines(b.printed(t, id))), slices.Sorted(slices.Values(stored)))
	}

	t.Run("makes one valid ticket a seat, prints them, and says so once", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1", "A-10", "B-2")
		b.relayed(t)
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		ask(t, b.IssueTickets, cmd)
		b.wantTickets(t, confirmed.ID(), ticket.StatusValid, ticket.StatusValid, ticket.StatusValid)
		wantPrinted(t, b, confirmed.ID())
		wantEqual(t, "events", types(b.relayed(t), confirmed.ID()),
			[]string{"ticket.issued", "ticket.issued", "ticket.issued", "booking.ticketed"})
	})

	t.Run("issues nothing more when the event comes again", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "B-2", "A-10", "A-1")
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		ask(t, b.IssueTickets, cmd)
		before, document := b.picture(t), b.printed(t, confirmed.ID())
		b.relayed(t)
		for range 3 {
			ask(t, b.IssueTickets, cmd)
		}
		wantEqual(t, "what is stored", b.picture(t), before)
		wantEqual(t, "document", b.printed(t, confirmed.ID()), document)
		wantEqual(t, "events", b.relayed(t), nil)
	})

	t.Run("goes on after the tickets were stored and not printed", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "B-2", "A-1")
		b.relayed(t)
		b.IssueTickets = b.with(func(p *application.Ports) { p.Objects = shakyObjects{b.objects, times(1)} }).IssueTickets
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		refuse(t, b.IssueTickets, cmd, errBroken)
		before := b.picture(t)
		wantEqual(t, "events", types(b.relayed(t), confirmed.ID()), []string{"ticket.issued", "ticket.issued"})
		refuse(t, b.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrUnavailable)

		ask(t, b.IssueTickets, cmd)
		wantEqual(t, "what is stored", b.picture(t), before)
		wantPrinted(t, b, confirmed.ID())
		wantEqual(t, "events", types(b.relayed(t), confirmed.ID()), []string{"booking.ticketed"})
	})

	t.Run("prints a ticket again that was used", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1")
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		ask(t, b.IssueTickets, cmd)
		ask(t, b.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: b.tickets(t, confirmed.ID())[0].Code()})
		ask(t, b.IssueTickets, cmd)
		b.wantTickets(t, confirmed.ID(), ticket.StatusUsed)
	})

	t.Run("issues none for a booking that was cancelled", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1")
		ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()})
		b.relayed(t)
		ask(t, b.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
		b.wantTickets(t, confirmed.ID())
		wantEqual(t, "events", b.relayed(t), nil)
	})

	t.Run("does not call tickets ready that were made void while they were printed", func(t *testing.T) {
		b := newBench(t)
		confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1")
		b.IssueTickets = b.with(func(p *application.Ports) {
			p.Objects = shakyObjects{b.objects, func() bool {
				ask(t, b.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()})
				b.relayed(t)
				return false
			}}
		}).IssueTickets
		ask(t, b.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
		b.wantTickets(t, confirmed.ID(), ticket.StatusVoid)
		wantEqual(t, "events", b.relayed(t), nil)
		refuse(t, b.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrNotFound)
	})

	t.Run("leaves no valid ticket when the booking is cancelled at the same time", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			b := newBench(t)
			confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1", "A-2")
			cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
			issue := func() {
				if _, err := b.IssueTickets.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			atOnce(issue, issue, func() {
				if _, err := b.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()}); err != nil {
					t.Error(err)
				}
			})
			b.wantStatus(t, confirmed.ID(), booking.StatusCancelled)
			for _, issued := range b.tickets(t, confirmed.ID()) {
				if issued.Status() != ticket.StatusVoid {
					t.Errorf("the ticket for %s of a cancelled booking is %s", issued.Seat(), issued.Status())
				}
			}
		})
	})

	t.Run("makes one set of tickets when the event comes several times at once", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			b := newBench(t)
			confirmed := b.confirmed(t, b.onSale(t, hamlet()), "A-1", "A-2")
			b.relayed(t)
			cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
			issue := func() {
				if _, err := b.IssueTickets.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			atOnce(issue, issue, issue, issue)
			wantPrinted(t, b, confirmed.ID())
			wantEqual(t, "events", types(b.relayed(t), confirmed.ID()), []string{"ticket.issued", "ticket.issued", "booking.ticketed"})
		})
	})
}
