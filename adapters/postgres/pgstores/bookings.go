package pgstores

import (
	"context"
	"fmt"
	"strings"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

var (
	bookingColumns = sqlstore.ColumnsOf[rows.Booking]()
	keyedColumns   = sqlstore.ColumnsOf[rows.KeyedBooking]()
)

type bookings struct{ postgres.Session }

func (r bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return loadBooking(ctx, r.Reader(), `SELECT `+bookingColumns.List+` FROM bookings WHERE id = $1`, id)
}

func loadBooking(ctx context.Context, c sqlstore.Conn, query string, id booking.ID) (*booking.Booking, error) {
	var row rows.Booking
	if err := c.GetOne(ctx, &row, query, id); err != nil {
		return nil, fmt.Errorf("booking %s: %w", id, err)
	}
	return row.ToDomain()
}

func (r bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return bookingByKey(ctx, r.Reader(), customer, key)
}

func bookingByKey(ctx context.Context, c sqlstore.Conn, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	var row rows.Booking
	err := c.GetOne(ctx, &row, `SELECT `+bookingColumns.List+` FROM bookings WHERE customer_id = $1 AND idempotency_key = $2`, customer, key)
	if err != nil {
		return nil, fmt.Errorf("booking by key: %w", err)
	}
	return row.ToDomain()
}

func (r bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*booking.Booking, error) {
		b, err := loadBooking(ctx, c, `SELECT `+bookingColumns.List+` FROM bookings WHERE id = $1 FOR NO KEY UPDATE`, id)
		if err != nil {
			return nil, err
		}
		wasLive := b.Status().Live()
		if err := change(b); err != nil {
			return nil, err
		}
		updated, err := r.update(ctx, c, b, wasLive)
		if err != nil {
			return nil, fmt.Errorf("update booking %s: %w", id, err)
		}
		return updated, nil
	})
}

func (r bookings) update(ctx context.Context, c sqlstore.Conn, b *booking.Booking, wasLive bool) (*booking.Booking, error) {
	row, err := rows.FromBooking(b)
	if err != nil {
		return nil, err
	}
	// A booking's other columns never change.
	err = c.NamedExec(ctx, `
		UPDATE bookings
		SET status = :status, attempt = :attempt, paying_since = :paying_since, declined = :declined, refund = :refund
		WHERE id = :id`, row)
	if err != nil {
		return nil, err
	}
	if wasLive && !b.Status().Live() {
		if _, err := c.Exec(ctx, `DELETE FROM claims WHERE booking_id = $1`, b.ID()); err != nil {
			return nil, err
		}
	}
	if err := r.StoreEvents(ctx, c, string(b.ID()), b.Events()); err != nil {
		return nil, err
	}
	return booking.Rehydrate(b.Snapshot())
}

func (r bookings) List(ctx context.Context, q outbound.BookingQuery) ([]*booking.Booking, error) {
	// Only the conditions of the query, so that each combination uses an index.
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
	query := `SELECT ` + bookingColumns.List + ` FROM bookings WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY id DESC LIMIT $1`
	if err := r.Reader().SelectAll(ctx, &page, query, args...); err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	return sqlstore.MapRows(page, rows.Booking.ToDomain)
}

func (r bookings) ListDue(ctx context.Context, d outbound.DueFilter, after booking.ID, limit int) ([]booking.ID, error) {
	var due []booking.ID
	err := r.Reader().SelectAll(ctx, &due, `
		SELECT id FROM bookings WHERE status = 'held' AND held_until <= $1 AND id > $4
		UNION
		SELECT id FROM bookings WHERE status = 'paying' AND paying_since <= $2 AND id > $4
		UNION
		SELECT b.id FROM shows s JOIN bookings b ON b.show_id = s.id
		WHERE $3 AND s.status = 'cancelled' AND b.status IN ('held', 'confirmed') AND b.id > $4
		ORDER BY id LIMIT $5`,
		sqlstore.TimeOf(d.LapsedAt), sqlstore.TimeOf(d.PayingSince), d.OfCancelledShows, after, limit)
	if err != nil {
		return nil, fmt.Errorf("due bookings: %w", err)
	}
	return due, nil
}
