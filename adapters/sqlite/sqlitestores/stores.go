// Package sqlitestores keeps the box office's shows, bookings and tickets in a SQLite
// file.
package sqlitestores

import (
	"context"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports/outbound"
)

// New makes the stores. Each write runs in its own transaction.
func New(db *sqlite.DB) outbound.Stores { return newStores(db) }

// UnitOfWork returns a unit of work, which uses all stores in one transaction.
func UnitOfWork(db *sqlite.DB) outbound.UnitOfWork { return unitOfWork{db} }

type unitOfWork struct{ db *sqlite.DB }

func (u unitOfWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return u.db.Do(ctx, func(ctx context.Context, s sqlite.Session) error { return work(ctx, newStores(s)) })
}

// SeatMaps returns a store that computes seat maps from the claims.
func SeatMaps(db *sqlite.DB) outbound.SeatMaps {
	return rows.SeatMaps{Session: db, Query: `
		SELECT ` + rows.ShowColumns.List + `, (
			SELECT json_group_object(seat, CASE WHEN sold THEN 'confirmed' ELSE 'held' END)
			FROM claims WHERE claims.show_id = shows.id
		) AS claims
		FROM shows WHERE id = $1`}
}

func newStores(s sqlite.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    newShows(s),
		Bookings: newBookings(s),
		Tickets:  newTickets(s),
		Inbox:    sqlite.NewInbox(s),
		Audit:    sqlite.NewAuditLog(s),
	}
}

// There is only one writer, so the Lock queries need no lock.

func newShows(s sqlite.Session) rows.Shows {
	byID := `SELECT ` + rows.ShowColumns.List + ` FROM shows WHERE id = $1`
	// In quotes, the text is a phrase. The trigram index finds a phrase even within words.
	return rows.Shows{
		Session: s, ByID: byID, Lock: byID,
		Contains:   `(instr(lower(title), lower($2)) > 0 OR instr(lower(venue), lower($2)) > 0)`,
		MayContain: `id IN (SELECT id FROM shows_text WHERE shows_text MATCH '"' || replace($2, '"', '""') || '"')`,
		IsFrequent: `SELECT count(*) = 1000 FROM (SELECT 1 FROM shows_text WHERE shows_text MATCH '"' || replace($1, '"', '""') || '"' LIMIT 1000)`,
	}
}

func newTickets(s sqlite.Session) rows.Tickets {
	return rows.Tickets{
		Session:   s,
		Lock:      `SELECT ` + rows.TicketColumns.List + ` FROM tickets WHERE code = $1`,
		OfBooking: `SELECT ` + rows.TicketColumns.List + ` FROM tickets WHERE booking_id = $1 ORDER BY seat`,
	}
}
