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
	// wantPrinted compares the document with the stored tickets.
	wantPrinted := func(t *testing.T, h *harness, id booking.ID) {
		t.Helper()
		var stored []string
		for _, issued := range h.tickets(t, id) {
			stored = append(stored, fmt.Sprintln(issued.Seat(), issued.Code()))
		}
		wantEqual(t, "lines", slices.Sorted(strings.Lines(h.printed(t, id))), slices.Sorted(slices.Values(stored)))
	}

	t.Run("issues and prints a valid ticket for each seat, and records one booking.ticketed event", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1", "A-10", "B-2")
		h.drainOutbox(t)
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		mustHandle(t, h.IssueTickets, cmd)
		h.wantTickets(t, confirmed.ID(), ticket.StatusValid, ticket.StatusValid, ticket.StatusValid)
		wantPrinted(t, h, confirmed.ID())
		wantEqual(t, "events", types(h.drainOutbox(t), confirmed.ID()),
			[]string{"ticket.issued", "ticket.issued", "ticket.issued", "booking.ticketed"})
	})

	t.Run("issues nothing for an event that is delivered again", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "B-2", "A-10", "A-1")
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		mustHandle(t, h.IssueTickets, cmd)
		before, document := h.snapshotAll(t), h.printed(t, confirmed.ID())
		h.drainOutbox(t)
		for range 3 {
			mustHandle(t, h.IssueTickets, cmd)
		}
		wantEqual(t, "what is stored", h.snapshotAll(t), before)
		wantEqual(t, "document", h.printed(t, confirmed.ID()), document)
		wantEqual(t, "events", h.drainOutbox(t), nil)
	})

	t.Run("continues after the tickets were stored but not printed", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "B-2", "A-1")
		h.drainOutbox(t)
		h.IssueTickets = h.with(func(p *application.Ports) { p.Objects = failingObjects{h.objects, firstCalls(1)} }).IssueTickets
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		wantRefused(t, h.IssueTickets, cmd, errInjected)
		before := h.snapshotAll(t)
		wantEqual(t, "events", types(h.drainOutbox(t), confirmed.ID()), []string{"ticket.issued", "ticket.issued"})
		wantRefused(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrUnavailable)

		mustHandle(t, h.IssueTickets, cmd)
		wantEqual(t, "what is stored", h.snapshotAll(t), before)
		wantPrinted(t, h, confirmed.ID())
		wantEqual(t, "events", types(h.drainOutbox(t), confirmed.ID()), []string{"booking.ticketed"})
	})

	t.Run("leaves a used ticket unchanged when it prints again", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1")
		cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
		mustHandle(t, h.IssueTickets, cmd)
		mustHandle(t, h.AdmitTicket, inbound.AdmitTicket{Actor: dora, Code: h.tickets(t, confirmed.ID())[0].Code()})
		mustHandle(t, h.IssueTickets, cmd)
		h.wantTickets(t, confirmed.ID(), ticket.StatusUsed)
	})

	t.Run("issues no tickets for a cancelled booking", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()})
		h.drainOutbox(t)
		mustHandle(t, h.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
		h.wantTickets(t, confirmed.ID())
		wantEqual(t, "events", h.drainOutbox(t), nil)
	})

	t.Run("records no booking.ticketed event if the tickets are voided during printing", func(t *testing.T) {
		h := newHarness(t)
		confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1")
		h.IssueTickets = h.with(func(p *application.Ports) {
			p.Objects = failingObjects{h.objects, func() bool {
				mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()})
				h.drainOutbox(t)
				return false
			}}
		}).IssueTickets
		mustHandle(t, h.IssueTickets, inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()})
		h.wantTickets(t, confirmed.ID(), ticket.StatusVoid)
		wantEqual(t, "events", h.drainOutbox(t), nil)
		wantRefused(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrNotFound)
	})

	t.Run("leaves no valid ticket when the booking is cancelled concurrently", func(t *testing.T) {
		rounds(t, 50, func(t *testing.T) {
			h := newHarness(t)
			confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1", "A-2")
			cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
			issue := func() {
				if _, err := h.IssueTickets.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			concurrently(issue, issue, func() {
				if _, err := h.CancelBooking.Handle(t.Context(), inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()}); err != nil {
					t.Error(err)
				}
			})
			h.wantStatus(t, confirmed.ID(), booking.StatusCancelled)
			for _, issued := range h.tickets(t, confirmed.ID()) {
				if issued.Status() != ticket.StatusVoid {
					t.Errorf("the ticket for %s of a cancelled booking is %s, want void", issued.Seat(), issued.Status())
				}
			}
		})
	})

	t.Run("issues one set of tickets under concurrent deliveries", func(t *testing.T) {
		rounds(t, 20, func(t *testing.T) {
			h := newHarness(t)
			confirmed := h.confirmed(t, h.onSale(t, hamlet()), "A-1", "A-2")
			h.drainOutbox(t)
			cmd := inbound.IssueTickets{Delivery: newDelivery(), Booking: confirmed.ID()}
			issue := func() {
				if _, err := h.IssueTickets.Handle(t.Context(), cmd); err != nil {
					t.Error(err)
				}
			}
			concurrently(issue, issue, issue, issue)
			wantPrinted(t, h, confirmed.ID())
			wantEqual(t, "events", types(h.drainOutbox(t), confirmed.ID()), []string{"ticket.issued", "ticket.issued", "booking.ticketed"})
		})
	})
}
