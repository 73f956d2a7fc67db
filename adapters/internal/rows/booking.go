// Package rows holds the parts that the SQL adapters of the box office share: row types
// for the tables, and stores that use these types. Each adapter supplies its own SELECT
// statements, except those of the lists.
package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// Booking is a row of the table bookings. It omits the idempotency key, which the domain
// does not use.
type Booking struct {
	ID          string        `db:"id"`
	Show        string        `db:"show_id"`
	Customer    string        `db:"customer_id"`
	Email       string        `db:"email"`
	Seats       string        `db:"seats"` // JSON of []seat
	Total       int64         `db:"total"`
	Currency    string        `db:"currency"`
	Status      string        `db:"status"`
	HeldUntil   sqlstore.Time `db:"held_until"`
	Attempt     int           `db:"attempt"`
	PayingSince sqlstore.Time `db:"paying_since"`
	Declined    string        `db:"declined"`
	Refund      string        `db:"refund"`
	CreatedAt   sqlstore.Time `db:"created_at"`
}

// KeyedBooking is a whole row of the table bookings.
type KeyedBooking struct {
	Booking
	Key ports.IdempotencyKey `db:"idempotency_key"`
}

type seat struct {
	Label string `json:"label"`
	Tier  string `json:"tier"`
	Price int64  `json:"price"`
}

// FromBooking converts a booking to its row.
func FromBooking(b *booking.Booking) (Booking, error) {
	v := b.Snapshot()
	seats := make([]seat, len(v.Seats))
	for i, s := range v.Seats {
		seats[i] = seat{string(s.Label), s.Tier, s.Price.Amount()}
	}
	seatsJSON, err := json.Marshal(seats)
	if err != nil {
		return Booking{}, err
	}
	return Booking{
		ID: string(v.ID), Show: string(v.Show), Customer: string(v.Customer), Email: v.Email,
		Seats: string(seatsJSON), Total: v.Total.Amount(), Currency: v.Total.Currency().String(),
		Status: v.Status.String(), HeldUntil: sqlstore.TimeOf(v.HeldUntil), Attempt: v.Attempt, PayingSince: sqlstore.TimeOf(v.PayingSince),
		Declined: v.Declined, Refund: v.Refund.String(), CreatedAt: sqlstore.TimeOf(v.CreatedAt),
	}, nil
}

func (r Booking) ToDomain() (*booking.Booking, error) {
	b, err := r.rehydrate()
	if err != nil {
		return nil, fmt.Errorf("row of booking %s: %w", r.ID, err)
	}
	return b, nil
}

func (r Booking) rehydrate() (*booking.Booking, error) {
	status, err := booking.ParseStatus(r.Status)
	if err != nil {
		return nil, err
	}
	refund, err := booking.ParseRefundStatus(r.Refund)
	if err != nil {
		return nil, err
	}
	currency, err := money.ParseCurrency(r.Currency)
	if err != nil {
		return nil, err
	}
	total, err := money.New(r.Total, currency)
	if err != nil {
		return nil, fmt.Errorf("total: %w", err)
	}
	var seats []seat
	if err := json.Unmarshal([]byte(r.Seats), &seats); err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	v := booking.Snapshot{
		ID: booking.ID(r.ID), Show: show.ID(r.Show), Customer: actor.ID(r.Customer), Email: r.Email,
		Total: total, Status: status, HeldUntil: r.HeldUntil.Time, Attempt: r.Attempt, PayingSince: r.PayingSince.Time,
		Declined: r.Declined, Refund: refund, CreatedAt: r.CreatedAt.Time,
	}
	for _, s := range seats {
		price, err := money.New(s.Price, currency)
		if err != nil {
			return nil, fmt.Errorf("seat %s: %w", s.Label, err)
		}
		v.Seats = append(v.Seats, show.Seat{Label: show.Label(s.Label), Tier: s.Tier, Price: price})
	}
	return booking.Rehydrate(v)
}

// The columns of [Booking] and [KeyedBooking].
var (
	BookingColumns = sqlstore.ColumnsOf[Booking]()
	KeyedColumns   = sqlstore.ColumnsOf[KeyedBooking]()
)

// Bookings implements [outbound.Bookings], except Add, with the statements of a database
// adapter.
type Bookings struct {
	sqlstore.Session
	ByID, Lock    string // argument: id
	ByCustomerKey string // arguments: customer, key
	// OfCancelledShows lists the bookings that DueFilter.OfCancelledShows selects.
	// Arguments: show and id of the last booking of the previous page, limit.
	OfCancelledShows string
	// LockPayments locks the payments of a customer until the transaction ends. It is
	// empty if the database has only one writer at a time. Argument: customer.
	LockPayments string
}

func (r Bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return sqlstore.Load[Booking](ctx, r.Reader(), "booking "+string(id), r.ByID, id)
}

func (r Bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return sqlstore.Load[Booking](ctx, r.Reader(), "booking by key", r.ByCustomerKey, customer, key)
}

// Replay returns the booking that an earlier request with the same key made. Errors:
// ErrNotFound if no earlier request had the key, ErrIdempotencyKeyReused if the earlier
// request was different.
func (r Bookings) Replay(ctx context.Context, c sqlstore.Conn, requested *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	first, err := sqlstore.Load[Booking](ctx, c, "booking by key", r.ByCustomerKey, requested.Customer(), key)
	if err != nil {
		return nil, err
	}
	if !first.Matches(requested.Show(), requested.Labels()) {
		return nil, fmt.Errorf("add booking: %w", ports.ErrIdempotencyKeyReused)
	}
	return first, nil
}

func (r Bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return r.updateChecked(ctx, id, change, func(sqlstore.Conn, *booking.Booking) error { return nil })
}

func (r Bookings) StartPayment(ctx context.Context, id booking.ID, limits booking.Limits, change func(*booking.Booking) error) (*booking.Booking, error) {
	return r.updateChecked(ctx, id, change, func(c sqlstore.Conn, b *booking.Booking) error {
		if r.LockPayments != "" {
			if _, err := c.Exec(ctx, r.LockPayments, b.Customer()); err != nil {
				return err
			}
		}
		var inProgress int
		err := c.GetOne(ctx, &inProgress, `SELECT count(*) FROM bookings WHERE customer_id = $1 AND status = 'paying'`, b.Customer())
		if err != nil {
			return err
		}
		return limits.CheckPayment(inProgress)
	})
}

// updateChecked is like Update, but calls check before it stores the changed booking. If
// check fails, nothing is stored.
func (r Bookings) updateChecked(ctx context.Context, id booking.ID, change func(*booking.Booking) error, check func(sqlstore.Conn, *booking.Booking) error) (*booking.Booking, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*booking.Booking, error) {
		b, err := sqlstore.Load[Booking](ctx, c, "booking "+string(id), r.Lock, id)
		if err != nil {
			return nil, err
		}
		wasLive := b.Status().Live()
		if err := change(b); err != nil {
			return nil, err
		}
		if err := check(c, b); err != nil {
			return nil, fmt.Errorf("update booking %s: %w", id, err)
		}
		if err := r.update(ctx, c, b, wasLive); err != nil {
			return nil, fmt.Errorf("update booking %s: %w", id, err)
		}
		return booking.Rehydrate(b.Snapshot())
	})
}

// Usage returns what the customer of b has claimed with bookings other than b.
func Usage(ctx context.Context, c sqlstore.Conn, b *booking.Booking) (booking.Usage, error) {
	var found struct {
		Holds int `db:"holds"`
		Seats int `db:"seats"`
		Since int `db:"since"`
	}
	err := c.GetOne(ctx, &found, `
		SELECT count(*) AS holds, coalesce(sum(json_array_length(seats)), 0) AS seats, (
			SELECT count(*) FROM bookings WHERE customer_id = $1 AND created_at >= $3 AND id <> $4
		) AS since
		FROM bookings WHERE customer_id = $1 AND show_id = $2 AND status IN ('held', 'paying') AND id <> $4`,
		b.Customer(), b.Show(), sqlstore.TimeOf(MinuteOf(b)), b.ID())
	if err != nil {
		return booking.Usage{}, fmt.Errorf("usage of customer: %w", err)
	}
	return booking.Usage{Holds: found.Holds, Seats: found.Seats, HoldsThisMinute: found.Since}, nil
}

// MinuteOf returns the start of the minute in which b was made.
func MinuteOf(b *booking.Booking) time.Time { return b.CreatedAt().Truncate(time.Minute) }

func (r Bookings) update(ctx context.Context, c sqlstore.Conn, b *booking.Booking, wasLive bool) error {
	row, err := FromBooking(b)
	if err != nil {
		return err
	}
	// Only these columns of a booking ever change.
	err = c.NamedExec(ctx, `
		UPDATE bookings
		SET status = :status, attempt = :attempt, paying_since = :paying_since, declined = :declined, refund = :refund
		WHERE id = :id`, row)
	if err != nil {
		return err
	}
	if wasLive && !b.Status().Live() {
		if _, err := c.Exec(ctx, `DELETE FROM claims WHERE booking_id = $1`, b.ID()); err != nil {
			return err
		}
	}
	return r.StoreEvents(ctx, c, string(b.ID()), b.Events())
}

func (r Bookings) List(ctx context.Context, q outbound.BookingQuery) ([]*booking.Booking, error) {
	// Leave out unused conditions, so that each combination of filters can use an index.
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
	query := `SELECT ` + BookingColumns.List + ` FROM bookings WHERE ` + strings.Join(conditions, ` AND `) + ` ORDER BY id DESC LIMIT $1`
	return sqlstore.LoadAll[Booking](ctx, r.Reader(), "list bookings", query, args...)
}

// dueBooking is a row of the statements of ListDue.
type dueBooking struct {
	ID    booking.ID    `db:"id"`
	Show  show.ID       `db:"show_id"`
	Since sqlstore.Time `db:"since"`
}

func (r dueBooking) ToDomain() (outbound.DueBooking, error) {
	return outbound.DueBooking{ID: r.ID, Show: r.Show, Since: r.Since.Time}, nil
}

// ListDue has a statement for each field of the filter, because each field has its own
// index. The statement reads one page in the order of that index. Its cost does not
// depend on how many bookings are due.
func (r Bookings) ListDue(ctx context.Context, d outbound.DueFilter, after outbound.DueBooking, limit int) ([]outbound.DueBooking, error) {
	list := func(query string, args ...any) ([]outbound.DueBooking, error) {
		return sqlstore.LoadAll[dueBooking](ctx, r.Reader(), "due bookings", query, args...)
	}
	since := after.Since
	if since.IsZero() { // a zero time is stored as NULL, which compares with nothing
		since = time.Unix(0, 0)
	}
	switch {
	case !d.LapsedAt.IsZero():
		return list(`
			SELECT id, show_id, held_until AS since FROM bookings
			WHERE status = 'held' AND held_until <= $1 AND (held_until, id) > ($2, $3)
			ORDER BY held_until, id LIMIT $4`, sqlstore.TimeOf(d.LapsedAt), sqlstore.TimeOf(since), after.ID, limit)
	case !d.PayingSince.IsZero():
		return list(`
			SELECT id, show_id, paying_since AS since FROM bookings
			WHERE status = 'paying' AND paying_since <= $1 AND (paying_since, id) > ($2, $3)
			ORDER BY paying_since, id LIMIT $4`, sqlstore.TimeOf(d.PayingSince), sqlstore.TimeOf(since), after.ID, limit)
	case d.OfCancelledShows:
		return list(r.OfCancelledShows, after.Show, after.ID, limit)
	case d.OfCancelledShow != "":
		return list(`
			SELECT id, show_id, held_until AS since FROM bookings
			WHERE show_id = $1 AND status IN ('held', 'confirmed') AND id > $2
				AND EXISTS (SELECT 1 FROM shows WHERE id = $1 AND status = 'cancelled')
			ORDER BY id LIMIT $3`, d.OfCancelledShow, after.ID, limit)
	default:
		return nil, nil
	}
}
