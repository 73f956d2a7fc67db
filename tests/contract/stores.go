// Package contract says in tests what the comments on the ports say in words.
// Every adapter of a port runs its suite, so that one can stand in for another.
package contract

import (
	"testing"

	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// Stores is one empty database, seen through all of its ports.
type Stores struct {
	outbound.Stores
	UnitOfWork outbound.UnitOfWork
	Outbox     platform.Outbox
	SeatMaps   outbound.SeatMaps
}

// NewStores makes an empty database that lives as long as the test.
type NewStores func(t *testing.T) Stores

// RunStores runs every suite of a database.
func RunStores(t *testing.T, open NewStores) {
	t.Run("shows", func(t *testing.T) { RunShows(t, open) })
	t.Run("bookings", func(t *testing.T) { RunBookings(t, open) })
	t.Run("tickets", func(t *testing.T) { RunTickets(t, open) })
	t.Run("unit of work", func(t *testing.T) { RunUnitOfWork(t, open) })
	t.Run("inbox", func(t *testing.T) { RunInbox(t, open) })
	t.Run("outbox", func(t *testing.T) { RunOutbox(t, open) })
	t.Run("seat maps", func(t *testing.T) { RunSeatMaps(t, open) })
}
