package sqlitestores

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

func newBookings(s sqlite.Session) bookings {
	byID := `SELECT ` + rows.BookingColumns.List + ` FROM bookings WHERE id = $1`
	return bookings{rows.Bookings{
		Session: s, ByID: byID, Lock: byID,
		ByCustomerKey: `SELECT ` + rows.BookingColumns.List + ` FROM bookings WHERE customer_id = $1 AND idempotency_key = $2`,
		// CROSS JOIN makes SQLite begin with the shows, and INDEXED BY makes it read only
		// those in the index. By itself, it would read all held and confirmed bookings, or
		// all shows.
		OfCancelledShows: `
			SELECT b.id, b.show_id, b.held_until AS since
			FROM shows INDEXED BY shows_to_wind_up CROSS JOIN bookings b ON b.show_id = shows.id
			WHERE ` + rows.ToWindUp + ` AND shows.id >= $1 AND b.status IN ('held', 'confirmed') AND (b.show_id, b.id) > ($1, $2)
			ORDER BY shows.id, b.id LIMIT $3`,
	}}
}

type bookings struct{ rows.Bookings }

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*booking.Booking, error) {
		first, err := r.Replay(ctx, c, b, key)
		if !errors.Is(err, ports.ErrNotFound) {
			return first, err
		}
		if err := r.insert(ctx, c, b, key); err != nil {
			return nil, fmt.Errorf("add booking: %w", err)
		}
		usage, err := rows.Usage(ctx, c, b)
		if err == nil {
			err = limits.CheckHold(usage, len(b.Seats()))
		}
		if err != nil {
			return nil, fmt.Errorf("add booking: %w", err)
		}
		return booking.Rehydrate(b.Snapshot())
	})
}

func (r bookings) insert(ctx context.Context, c sqlstore.Conn, b *booking.Booking, key ports.IdempotencyKey) error {
	row, err := rows.FromBooking(b)
	if err != nil {
		return err
	}
	err = c.NamedExec(ctx, `
		INSERT INTO bookings (`+rows.KeyedColumns.List+`)
		VALUES (`+rows.KeyedColumns.Named+`)`, rows.KeyedBooking{Booking: row, Key: key})
	if err != nil {
		return fmt.Errorf("booking %s of show %s: %w", b.ID(), b.Show(), err)
	}
	if err := checkOnSale(ctx, c, b.Show()); err != nil {
		return err
	}
	if err := claim(ctx, c, b); err != nil {
		return err
	}
	return r.StoreEvents(ctx, c, string(b.ID()), b.Events())
}

// checkOnSale reads the show in the transaction that claims the seats, because the show
// may have been cancelled since the caller read it.
func checkOnSale(ctx context.Context, c sqlstore.Conn, id show.ID) error {
	var status string
	if err := c.GetOne(ctx, &status, `SELECT status FROM shows WHERE id = ?`, id); err != nil {
		return err
	}
	return rows.CheckOnSale(status)
}

// claim takes all seats of a booking, or fails with *booking.SeatsTakenError.
func claim(ctx context.Context, c sqlstore.Conn, b *booking.Booking) error {
	labels, err := json.Marshal(b.Labels())
	if err != nil {
		return err
	}
	claimed, err := c.Exec(ctx, `
		INSERT INTO claims (show_id, seat, booking_id)
		SELECT ?, value, ? FROM json_each(?) WHERE true
		ON CONFLICT (show_id, seat) DO NOTHING`, b.Show(), b.ID(), string(labels))
	if err != nil {
		return fmt.Errorf("claim seats: %w", err)
	}
	if claimed == int64(len(b.Labels())) {
		return nil
	}
	// CROSS JOIN makes SQLite look up each label in claims. With JOIN, it would read all
	// claims of the show.
	var taken []show.Label
	err = c.SelectAll(ctx, &taken, `
		SELECT seat FROM json_each(?) CROSS JOIN claims ON show_id = ? AND seat = value
		WHERE booking_id <> ? ORDER BY key`, string(labels), b.Show(), b.ID())
	if err != nil {
		return fmt.Errorf("find the taken seats: %w", err)
	}
	return &booking.SeatsTakenError{Labels: taken}
}
