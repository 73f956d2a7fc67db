package sqlitestores

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

var (
	bookingColumns = sqlstore.ColumnsOf[rows.Booking]()
	keyedColumns   = sqlstore.ColumnsOf[rows.KeyedBooking]()
)

type bookings struct{ sqlite.Session }

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*booking.Booking, error) {
		first, err := bookingByKey(ctx, c, b.Customer(), key)
		switch {
		case err == nil && first.Matches(b.Show(), b.Labels()):
			return first, nil
		case err == nil:
			return nil, fmt.Errorf("add booking: %w", ports.ErrIdempotencyKeyReused)
		case !errors.Is(err, ports.ErrNotFound):
			return nil, err
		}
		added, err := r.insert(ctx, c, b, key)
		if err != nil {
			return nil, fmt.Errorf("add booking: %w", err)
		}
		return added, nil
	})
}

func (r bookings) insert(ctx context.Context, c sqlstore.Conn, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	row, err := rows.FromBooking(b)
	if err != nil {
		return nil, err
	}
	err = c.NamedExec(ctx, `
		INSERT INTO bookings (`+keyedColumns.List+`)
		VALUES (`+keyedColumns.Named+`)`, rows.KeyedBooking{Booking: row, Key: key})
	if err != nil {
		return nil, fmt.Errorf("booking %s of show %s: %w", b.ID(), b.Show(), err)
	}
	if err := checkOnSale(ctx, c, b.Show()); err != nil {
		return nil, err
	}
	if err := claim(ctx, c, b); err != nil {
		return nil, err
	}
	if err := r.StoreEvents(ctx, c, string(b.ID()), b.Events()); err != nil {
		return nil, err
	}
	return booking.Rehydrate(b.Snapshot())
}

// checkOnSale reads the show in the transaction that claims the seats: it may have
// been cancelled since the booking was decided.
func checkOnSale(ctx context.Context, c sqlstore.Conn, id show.ID) error {
	var name string
	if err := c.GetOne(ctx, &name, `SELECT status FROM shows WHERE id = ?`, id); err != nil {
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

// claim claims all seats of a booking, or fails with *booking.SeatsTakenError.
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
	var taken []show.Label
	err = c.SelectAll(ctx, &taken, `
		SELECT seat FROM json_each(?) JOIN claims ON show_id = ? AND seat = value
		WHERE booking_id <> ? ORDER BY key`, string(labels), b.Show(), b.ID())
	if err != nil {
		return fmt.Errorf("find the taken seats: %w", err)
	}
	return &booking.SeatsTakenError{Labels: taken}
}

func (r bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return loadBooking(ctx, r.Reader(), id)
}

func loadBooking(ctx context.Context, c sqlstore.Conn, id booking.ID) (*booking.Booking, error) {
	var row rows.Booking
	if err := c.GetOne(ctx, &row, `SELECT `+bookingColumns.List+` FROM bookings WHERE id = ?`, id); err != nil {
		return nil, fmt.Errorf("booking %s: %w", id, err)
	}
	return row.ToDomain()
}

func (r bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return bookingByKey(ctx, r.Reader(), customer, key)
}

func bookingByKey(ctx context.Context, c sqlstore.Conn, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	var row rows.Booking
	err := c.GetOne(ctx, &row, `SELECT `+bookingColumns.List+` FROM bookings WHERE customer_id = ? AND idempotency_key = ?`, customer, key)
	if err != nil {
		return nil, fmt.Errorf("booking by key: %w", err)
	}
	return row.ToDomain()
}

func (r bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*booking.Booking, error) {
		b, err := loadBooking(ctx, c, id)
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
		if _, err := c.Exec(ctx, `DELETE FROM claims WHERE booking_id = ?`, b.ID()); err != nil {
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
	query := `SELECT ` + bookingColumns.List + ` FROM bookings WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY id DESC LIMIT ?`
	if err := r.Reader().SelectAll(ctx, &page, query, append(args, q.Limit)...); err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	return sqlstore.MapRows(page, rows.Booking.ToDomain)
}

func (r bookings) ListDue(ctx context.Context, d outbound.DueFilter, after booking.ID, limit int) ([]booking.ID, error) {
	var due []booking.ID
	err := r.Reader().SelectAll(ctx, &due, `
		SELECT id FROM bookings WHERE status = 'held' AND held_until <= ? AND id > ?
		UNION
		SELECT id FROM bookings WHERE status = 'paying' AND paying_since <= ? AND id > ?
		UNION
		SELECT b.id FROM shows s JOIN bookings b ON b.show_id = s.id
		WHERE ? AND s.status = 'cancelled' AND b.status IN ('held', 'confirmed') AND b.id > ?
		ORDER BY id LIMIT ?`,
		sqlstore.TimeOf(d.LapsedAt), after, sqlstore.TimeOf(d.PayingSince), after, d.OfCancelledShows, after, limit)
	if err != nil {
		return nil, fmt.Errorf("due bookings: %w", err)
	}
	return due, nil
}
