// Package pgstores stores the box office's shows, bookings and tickets in PostgreSQL.
package pgstores

import (
	"context"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/postgres"
	"example.com/portico/ports/outbound"
)

// New returns the stores. Each method runs in a separate transaction.
func New(db *postgres.DB) outbound.Stores { return newStores(db) }

// UnitOfWork returns a unit of work on all stores. Each Update locks the row that it
// changes.
func UnitOfWork(db *postgres.DB) outbound.UnitOfWork { return unitOfWork{db} }

type unitOfWork struct{ db *postgres.DB }

func (u unitOfWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return u.db.Do(ctx, func(ctx context.Context, s postgres.Session) error { return work(ctx, newStores(s)) })
}

// SeatMaps returns the query for seat maps. The query reads the claims.
func SeatMaps(db *postgres.DB) outbound.SeatMaps {
	return rows.SeatMaps{Session: db, Query: `
		SELECT ` + rows.ShowColumns.List + `, (
			SELECT coalesce(json_object_agg(seat, CASE WHEN sold THEN 'confirmed' ELSE 'held' END), '{}')
			FROM claims WHERE claims.show_id = shows.id
		) AS claims
		FROM shows WHERE id = $1`}
}

func newStores(s postgres.Session) outbound.Stores {
	return outbound.Stores{
		Shows:    newShows(s),
		Bookings: newBookings(s),
		Tickets:  newTickets(s),
		Inbox:    postgres.NewInbox(s),
		Audit:    postgres.NewAuditLog(s),
	}
}

// forUpdate locks a row. NO KEY does not block buyers, because their claims and bookings
// only refer to the row.
const forUpdate = ` FOR NO KEY UPDATE`

func newShows(s postgres.Session) rows.Shows {
	byID := `SELECT ` + rows.ShowColumns.List + ` FROM shows WHERE id = $1`
	const pattern = `'%' || regexp_replace(lower($2 COLLATE "C"), '[\\%_]', '\\\&', 'g') || '%'`
	return rows.Shows{
		Session: s, ByID: byID, Lock: byID + forUpdate,
		Contains:   `(strpos(lower(title COLLATE "C"), lower($2 COLLATE "C")) > 0 OR strpos(lower(venue COLLATE "C"), lower($2 COLLATE "C")) > 0)`,
		MayContain: `(lower(title COLLATE "C") LIKE ` + pattern + ` OR lower(venue COLLATE "C") LIKE ` + pattern + `)`,
	}
}

func newBookings(s postgres.Session) bookings {
	byID := `SELECT ` + rows.BookingColumns.List + ` FROM bookings WHERE id = $1`
	return bookings{session: s, Bookings: rows.Bookings{
		Session: s, ByID: byID, Lock: byID + forUpdate,
		LockPayments:  `SELECT pg_advisory_xact_lock(hashtextextended('payments of ' || $1::text, 0))`,
		ByCustomerKey: `SELECT ` + rows.BookingColumns.List + ` FROM bookings WHERE customer_id = $1 AND idempotency_key = $2`,
		// LATERAL and the inner LIMIT make PostgreSQL read at most one page of bookings for
		// each of the shows, from the index bookings_to_call_off.
		OfCancelledShows: `
			SELECT b.id, b.show_id, b.held_until AS since
			FROM shows CROSS JOIN LATERAL (
				SELECT id, show_id, held_until FROM bookings
				WHERE show_id = shows.id AND status IN ('held', 'confirmed') AND (show_id, id) > ($1, $2)
				ORDER BY id LIMIT $3
			) AS b
			WHERE ` + rows.ToWindUp + ` AND shows.id >= $1
			ORDER BY shows.id, b.id LIMIT $3`,
	}}
}

func newTickets(s postgres.Session) rows.Tickets {
	return rows.Tickets{
		Session:   s,
		Lock:      `SELECT ` + rows.TicketColumns.List + ` FROM tickets WHERE code = $1` + forUpdate,
		OfBooking: `SELECT ` + rows.TicketColumns.List + ` FROM tickets WHERE booking_id = $1 ORDER BY seat`,
	}
}
