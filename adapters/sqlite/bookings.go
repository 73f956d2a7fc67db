package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// bookingColumns are those that the domain knows.
const bookingColumns = `id, show_id, customer_id, email, seats, total, currency, status, held_until, attempt, paying_since, declined, refund, created_at`

type bookings struct{ session }

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	return returning(ctx, r, func(c conn) (*booking.Booking, error) {
		first, err := bookingByKey(ctx, c, b.Customer(), key)
		switch {
		case err == nil && first.Matches(b.Show(), b.Labels()):
			return first, nil
		case err == nil:
			return nil, fmt.Errorf("add booking: %w", ports.ErrIdempotencyKeyReused)
		case !errors.Is(err, ports.ErrNotFound):
			return nil, err
		}
		added, err := insertBooking(ctx, c, b, key)
		if err != nil {
			return nil, fmt.Errorf("add booking: %w", err)
		}
		return added, nil
	})
}

func insertBooking(ctx context.Context, c conn, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	row, err := rows.OfBooking(b)
	if err != nil {
		return nil, err
	}
	keyed := struct {
		rows.Booking
		Key ports.IdempotencyKey `db:"idempotency_key"`
	}{row, key}
	err = c.put(ctx, `
		INSERT INTO bookings (`+bookingColumns+`, idempotency_key)
		VALUES (:id, :show_id, :customer_id, :email, :seats, :total, :currency, :status, :held_until, :attempt, :paying_since, :declined, :refund, :created_at, :idempotency_key)`, keyed)
	if err != nil {
		return nil, fmt.Errorf("booking %s of show %s: %w", b.ID(), b.Show(), err)
	}
	if err := checkOnSale(ctx, c, b.Show()); err != nil {
		return nil, err
	}
	if err := claim(ctx, c, b); err != nil {
		return nil, err
	}
	if err := storeEvents(ctx, c, events.Seal(ctx, string(b.ID()), b.Events())); err != nil {
		return nil, err
	}
	return row.Booking()
}

// checkOnSale looks at the show in the transaction that claims the seats: it
// may have been called off since the booking was decided.
func checkOnSale(ctx context.Context, c conn, id show.ID) error {
	var name string
	if err := c.get(ctx, &name, `SELECT status FROM shows WHERE id = ?`, id); err != nil {
		return err
	}
	status, err := show.ParseStatus(name)
	if err != nil {
		return err
	}
	if status != show.StatusOnSale {
		return &show.NotOnSaleError{Status: status}
	}
	return nil
}

// claim takes all seats of a booking, or fails with *booking.SeatsTakenError.
func claim(ctx context.Context, c conn, b *booking.Booking) error {
	labels, err := json.Marshal(b.Labels())
	if err != nil {
		return err
	}
	claimed, err := c.exec(ctx, `
		INSERT INTO claims (show_id, seat, booking_id)
		SELECT ?, value, ? FROM json_each(?) WHERE true
		ON CONFLICT (show_id, seat) DO NOTHING`, b.Show(), b.ID(), string(labels))
	if err != nil {
		return fmt.Errorf("claim seats: %w", err)
	}
	if claimed == int64(len(b.Labels())) {
		return nil
	}
	var taken []show.Label
	err = c.list(ctx, &taken, `
		SELECT seat FROM json_each(?) JOIN claims ON show_id = ? AND seat = value
		WHERE booking_id <> ? ORDER BY key`, string(labels), b.Show(), b.ID())
	if err != nil {
		return fmt.Errorf("find the seats that are taken: %w", err)
	}
	return &booking.SeatsTakenError{Labels: taken}
}

func (r bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return loadBooking(ctx, r.reader(), id)
}

func loadBooking(ctx context.Context, c conn, id booking.ID) (*booking.Booking, error) {
	var row rows.Booking
	if err := c.get(ctx, &row, `SELECT `+bookingColumns+` FROM bookings WHERE id = ?`, id); err != nil {
		return nil, fmt.Errorf("booking %s: %w", id, err)
	}
	return row.Booking()
}

func (r bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return bookingByKey(ctx, r.reader(), customer, key)
}

func bookingByKey(ctx context.Context, c conn, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	var row rows.Booking
	err := c.get(ctx, &row, `SELECT `+bookingColumns+` FROM bookings WHERE customer_id = ? AND idempotency_key = ?`, customer, key)
	if err != nil {
		return nil, fmt.Errorf("booking by key: %w", err)
	}
	return row.Booking()
}

func (r bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return returning(ctx, r, func(c conn) (*booking.Booking, error) {
		b, err := loadBooking(ctx, c, id)
		if err != nil {
			return nil, err
		}
		wasLive := b.Status().Live()
		if err := change(b); err != nil {
			return nil, err
		}
		updated, err := updateBooking(ctx, c, b, wasLive)
		if err != nil {
			return nil, fmt.Errorf("update booking %s: %w", id, err)
		}
		return updated, nil
	})
}

func updateBooking(ctx context.Context, c conn, b *booking.Booking, wasLive bool) (*booking.Booking, error) {
	row, err := rows.OfBooking(b)
	if err != nil {
		return nil, err
	}
	// All else stays as it was made.
	err = c.put(ctx, `
		UPDATE bookings
		SET status = :status, attempt = :attempt, paying_since = :paying_since, declined = :declined, refund = :refund
		WHERE id = :id`, row)
	if err != nil {
		return nil, err
	}
	if wasLive && !b.Status().Live() {
		if _, err := c.exec(ctx, `DELETE FROM claims WHERE booking_id = ?`, b.ID()); err != nil {
			return nil, err
		}
	}
	if err := storeEvents(ctx, c, events.Seal(ctx, string(b.ID()), b.Events())); err != nil {
		return nil, err
	}
	return row.Booking()
}

func (r bookings) List(ctx context.Context, q outbound.BookingQuery) ([]*booking.Booking, error) {
	// Only the conditions that are asked for, so that each finds its index.
	conditions := []string{`true`}
	var args []any
	where := func(condition, value string) {
		if value != "" {
			conditions = append(conditions, condition)
			args = append(args, value)
		}
	}
	where(`customer_id = ?`, string(q.Customer))
	where(`show_id = ?`, string(q.Show))
	where(`id < ?`, string(q.After))
	var page []rows.Booking
	query := `SELECT ` + bookingColumns + ` FROM bookings WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY id DESC LIMIT ?`
	if err := r.reader().list(ctx, &page, query, append(args, q.Limit)...); err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	return each(page, rows.Booking.Booking)
}

func (r bookings) ListDue(ctx context.Context, d outbound.DueFilter, after booking.ID, limit int) ([]booking.ID, error) {
	var due []booking.ID
	err := r.reader().list(ctx, &due, `
		SELECT id FROM bookings WHERE status = 'held' AND held_until <= ? AND id > ?
		UNION
		SELECT id FROM bookings WHERE status = 'paying' AND paying_since <= ? AND id > ?
		UNION
		SELECT b.id FROM shows s JOIN bookings b ON b.show_id = s.id
		WHERE ? AND s.status = 'cancelled' AND b.status IN ('held', 'confirmed') AND b.id > ?
		ORDER BY id LIMIT ?`,
		rows.TimeOf(d.LapsedAt), after, rows.TimeOf(d.PayingSince), after, d.OfCancelledShows, after, limit)
	if err != nil {
		return nil, fmt.Errorf("due bookings: %w", err)
	}
	return due, nil
}
