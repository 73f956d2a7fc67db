package postgres

import (
	"context"
	"fmt"
	"strings"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// bookingColumns are those that the domain knows.
const bookingColumns = `id, show_id, customer_id, email, seats, total, currency, status, held_until, attempt, paying_since, declined, refund, created_at`

type bookings struct{ session }

func (r bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return loadBooking(ctx, r.reader(), `SELECT `+bookingColumns+` FROM bookings WHERE id = $1`, id)
}

func loadBooking(ctx context.Context, c conn, query string, id booking.ID) (*booking.Booking, error) {
	var row rows.Booking
	if err := c.get(ctx, &row, query, id); err != nil {
		return nil, fmt.Errorf("booking %s: %w", id, err)
	}
	return row.Booking()
}

func (r bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return bookingByKey(ctx, r.reader(), customer, key)
}

func bookingByKey(ctx context.Context, c conn, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	var row rows.Booking
	err := c.get(ctx, &row, `SELECT `+bookingColumns+` FROM bookings WHERE customer_id = $1 AND idempotency_key = $2`, customer, key)
	if err != nil {
		return nil, fmt.Errorf("booking by key: %w", err)
	}
	return row.Booking()
}

func (r bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return returning(ctx, r, func(c conn) (*booking.Booking, error) {
		b, err := loadBooking(ctx, c, `SELECT `+bookingColumns+` FROM bookings WHERE id = $1 FOR NO KEY UPDATE`, id)
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
		if _, err := c.exec(ctx, `DELETE FROM claims WHERE booking_id = $1`, b.ID()); err != nil {
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
	args := []any{q.Limit}
	where := func(condition, value string) {
		if value != "" {
			args = append(args, value)
			conditions = append(conditions, fmt.Sprintf(condition, len(args)))
		}
	}
	where(`customer_id = $%d`, string(q.Customer))
	where(`show_id = $%d`, string(q.Show))
	where(`id < $%d`, string(q.After))
	var page []rows.Booking
	query := `SELECT ` + bookingColumns + ` FROM bookings WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY id DESC LIMIT $1`
	if err := r.reader().list(ctx, &page, query, args...); err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	return each(page, rows.Booking.Booking)
}

func (r bookings) ListDue(ctx context.Context, d outbound.DueFilter, after booking.ID, limit int) ([]booking.ID, error) {
	var due []booking.ID
	err := r.reader().list(ctx, &due, `
		SELECT id FROM bookings WHERE status = 'held' AND held_until <= $1 AND id > $4
		UNION
		SELECT id FROM bookings WHERE status = 'paying' AND paying_since <= $2 AND id > $4
		UNION
		SELECT b.id FROM shows s JOIN bookings b ON b.show_id = s.id
		WHERE $3 AND s.status = 'cancelled' AND b.status IN ('held', 'confirmed') AND b.id > $4
		ORDER BY id LIMIT $5`,
		rows.TimeOf(d.LapsedAt), rows.TimeOf(d.PayingSince), d.OfCancelledShows, after, limit)
	if err != nil {
		return nil, fmt.Errorf("due bookings: %w", err)
	}
	return due, nil
}
