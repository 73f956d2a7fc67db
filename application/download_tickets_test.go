package application_test

import (
	"testing"

	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func TestDownloadTickets(t *testing.T) {
	h := newHarness(t)
	sh := h.onSale(t, hamlet())
	t.Run("finds no tickets for a hold", func(t *testing.T) {
		held := h.held(t, ann, sh, "A-1")
		wantRefused(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: held.ID()}, ports.ErrNotFound)
		wantEqual(t, "tickets", mustHandle(t, h.ListTickets, inbound.ListTickets{Actor: ann, Booking: held.ID()}), nil)
	})
	t.Run("fails with ErrUnavailable before the tickets are printed", func(t *testing.T) {
		confirmed := h.confirmed(t, sh, "A-2")
		wantRefused(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrUnavailable)
	})
	t.Run("returns the printed document", func(t *testing.T) {
		confirmed, tickets := h.ticketed(t, sh, "A-3")
		file := mustHandle(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()})
		defer file.Close()
		wantEqual(t, "document", read(t, file), "A-3 "+string(tickets[0].Code())+"\n")
	})
	t.Run("finds no tickets for a cancelled booking", func(t *testing.T) {
		confirmed, _ := h.ticketed(t, sh, "A-4")
		mustHandle(t, h.CancelBooking, inbound.CancelBooking{Actor: ann, Booking: confirmed.ID()})
		wantRefused(t, h.DownloadTickets, inbound.DownloadTickets{Actor: ann, Booking: confirmed.ID()}, ports.ErrNotFound)
	})
}
