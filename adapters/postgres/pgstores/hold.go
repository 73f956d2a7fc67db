package pgstores

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lib/pq"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

type bookings struct {
	rows.Bookings
	session postgres.Session
}

// holdRow contains the arguments of the statement hold: the row of the booking and the
// values for other tables.
type holdRow struct {
	rows.KeyedBooking
	Labels   pq.StringArray `db:"labels"`
	Messages pq.StringArray `db:"messages"` // the booking's events
	Minute   sqlstore.Time  `db:"minute"`

	MaxHolds          int `db:"max_holds"`
	MaxSeats          int `db:"max_seats"`
	MaxHoldsPerMinute int `db:"max_holds_per_minute"`
}

// hold atomically claims seats and stores a booking and its events, in one round trip.
//
// The statement claims seats in a fixed order, so that overlapping holds never deadlock.
// ON CONFLICT skips a seat that is already claimed or that a concurrent hold claims
// first. The statement stores the booking and its events only if it claimed every seat.
// If it claimed only some seats, their claims refer to a booking that does not exist, and
// the foreign key claims_of_booking makes the statement fail. The statement first checks
// whether any seat is already claimed, so that it violates this foreign key only after a
// race. LATERAL and LIMIT force a separate check of each seat. Without them, a plan
// cached for a small table would later scan all claims of the show. If the customer has
// already used the key, the constraint bookings_by_key makes the statement fail. If two
// concurrent holds have the same key, one waits until the other commits or fails.
//
// The customer's unpaid bookings are counted in customer_holds, and the new ones of a
// minute in customer_minutes. Concurrent holds of a customer wait for each other there,
// so that they cannot exceed a limit together. If a count would exceed a limit, the
// booking is not stored, and claims_of_booking makes the statement fail. The statement
// first checks the counts, so that it seldom writes anything for a refused hold. Holds
// that end do not reduce the counts, so these may be too high; exceeded corrects them.
//
// A hold reads the show's status without locking the show, because buyers would otherwise
// wait for each other. So a show may be cancelled after this read and before the commit.
// The job that cancels the bookings of cancelled shows (DueFilter.OfCancelledShows) finds
// the new booking in a later run, because a cancelled show stays cancelled, and is wound up
// only after every hold that read its old status has ended.
var hold = sqlstore.NewStatement[holdRow](`
	WITH on_sale AS (
		SELECT id FROM shows
		WHERE id = :show_id AND status = 'on_sale'
			AND NOT EXISTS (SELECT FROM unnest(:labels::text[]) AS asked (seat), LATERAL (
				SELECT FROM claims WHERE claims.show_id = :show_id AND claims.seat = asked.seat LIMIT 1
			) AS taken)
			AND NOT EXISTS (SELECT FROM customer_holds AS c WHERE c.customer_id = :customer_id AND c.show_id = :show_id
				AND (c.bookings >= :max_holds::int OR c.seats + cardinality(:labels::text[]) > :max_seats::int))
			AND NOT EXISTS (SELECT FROM customer_minutes AS c WHERE c.customer_id = :customer_id
				AND c.minute = :minute::timestamptz AND c.holds >= :max_holds_per_minute::int)
	), claimed AS (
		INSERT INTO claims (show_id, seat, booking_id)
		SELECT on_sale.id, seat, :id FROM on_sale, unnest(:labels::text[]) AS seat ORDER BY seat COLLATE "C"
		ON CONFLICT (show_id, seat) DO NOTHING
		RETURNING seat
	), held AS (
		SELECT FROM claimed HAVING count(*) = cardinality(:labels::text[])
	), counted AS (
		INSERT INTO customer_holds AS c (customer_id, show_id, bookings, seats)
		SELECT :customer_id, :show_id, 1, cardinality(:labels::text[]) FROM held WHERE cardinality(:labels::text[]) <= :max_seats::int
		ON CONFLICT (customer_id, show_id) DO UPDATE SET bookings = c.bookings + 1, seats = c.seats + excluded.seats
			WHERE c.bookings < :max_holds::int AND c.seats + excluded.seats <= :max_seats::int
		RETURNING customer_id
	), allowed AS (
		INSERT INTO customer_minutes AS c (customer_id, minute, holds)
		SELECT customer_id, :minute::timestamptz, 1 FROM counted
		ON CONFLICT (customer_id) DO UPDATE SET minute = excluded.minute, holds = CASE c.minute WHEN excluded.minute THEN c.holds + 1 ELSE 1 END
			WHERE c.minute <> excluded.minute OR c.holds < :max_holds_per_minute::int
		RETURNING customer_id
	), told AS (
		INSERT INTO outbox (message)
		SELECT message::json FROM allowed, unnest(:messages::text[]) WITH ORDINALITY AS recorded (message, n) ORDER BY n
	)
	INSERT INTO bookings (` + rows.KeyedColumns.List + `)
	SELECT ` + rows.KeyedColumns.Named + ` FROM allowed`)

// holdAttempts is the maximum number of attempts to store a hold. Add retries if the
// reason for the failure no longer exists.
const holdAttempts = 5

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error) {
	row, err := rows.FromBooking(b)
	if err != nil {
		return nil, err
	}
	messages, err := r.session.EncodeEvents(ctx, string(b.ID()), b.Events())
	if err != nil {
		return nil, err
	}
	orNone := func(limit int) int { return cmp.Or(limit, math.MaxInt32) }
	args := hold.Args(holdRow{
		KeyedBooking: rows.KeyedBooking{Booking: row, Key: key}, Labels: labelTexts(b), Messages: messages, Minute: sqlstore.TimeOf(rows.MinuteOf(b)),
		MaxHolds: orNone(limits.Holds), MaxSeats: orNone(limits.Seats), MaxHoldsPerMinute: orNone(limits.HoldsPerMinute),
	})
	for range holdAttempts {
		held, err := r.hold(ctx, args)
		if err != nil {
			return nil, fmt.Errorf("add booking %s: %w", b.ID(), err)
		}
		if held {
			return booking.Rehydrate(b.Snapshot())
		}
		first, err := r.Replay(ctx, r.Reader(), b, key)
		if !errors.Is(err, ports.ErrNotFound) {
			return first, err
		}
		err = refusal(ctx, r.Reader(), b)
		if err == nil {
			err = r.exceeded(ctx, b, limits)
		}
		if err != nil {
			return nil, fmt.Errorf("add booking %s of show %s: %w", b.ID(), b.Show(), err)
		}
	}
	return nil, fmt.Errorf("add booking %s: %w: its seats keep being claimed and released", b.ID(), ports.ErrUnavailable)
}

func labelTexts(b *booking.Booking) pq.StringArray {
	var texts pq.StringArray
	for _, l := range b.Labels() {
		texts = append(texts, string(l))
	}
	return texts
}

// hold tries to hold the seats and reports whether it succeeded. If not, it changes
// nothing.
func (r bookings) hold(ctx context.Context, args []any) (held bool, err error) {
	err = r.session.WriteStatement(ctx, func(c sqlstore.Conn) error {
		stored, err := c.Exec(ctx, hold.Text, args...)
		held = stored == 1
		return err
	})
	if postgres.ViolatesConstraint(err, "claims_of_booking", "bookings_by_key") {
		return false, nil
	}
	return held, err
}

// exceeded returns a *booking.LimitError if the hold would exceed a limit. It counts the
// customer's bookings, and stores the result as the new count, because holds that ended
// may have left the count too high.
func (r bookings) exceeded(ctx context.Context, b *booking.Booking, limits booking.Limits) error {
	var usage booking.Usage
	err := r.session.Write(ctx, func(c sqlstore.Conn) error {
		var count struct {
			Bookings int `db:"bookings"`
			Seats    int `db:"seats"`
		}
		// Lock the count before the bookings are counted, so that no hold is missed.
		err := c.GetOne(ctx, &count, `SELECT bookings, seats FROM customer_holds WHERE customer_id = $1 AND show_id = $2 FOR UPDATE`, b.Customer(), b.Show())
		counted := err == nil
		if err != nil && !errors.Is(err, ports.ErrNotFound) {
			return err
		}
		if usage, err = rows.Usage(ctx, c, b); err != nil {
			return err
		}
		if !counted || count.Bookings == usage.Holds && count.Seats == usage.Seats {
			return nil
		}
		_, err = c.Exec(ctx, `UPDATE customer_holds SET bookings = $3, seats = $4 WHERE customer_id = $1 AND show_id = $2`, b.Customer(), b.Show(), usage.Holds, usage.Seats)
		return err
	})
	if err != nil {
		return err
	}
	return limits.CheckHold(usage, len(b.Seats()))
}

// refusal returns the reason why a hold failed, or nil if the reason no longer exists.
func refusal(ctx context.Context, c sqlstore.Conn, b *booking.Booking) error {
	var found struct {
		Status string         `db:"status"`
		Taken  pq.StringArray `db:"taken"`
	}
	err := c.GetOne(ctx, &found, `
		SELECT status, ARRAY(SELECT taken.seat FROM unnest($2::text[]) AS asked (seat), LATERAL (
			SELECT claims.seat FROM claims WHERE claims.show_id = shows.id AND claims.seat = asked.seat LIMIT 1
		) AS taken) AS taken
		FROM shows WHERE id = $1`, b.Show(), labelTexts(b))
	if err != nil {
		return err
	}
	if err := rows.CheckOnSale(found.Status); err != nil {
		return err
	}
	var taken []show.Label
	for _, l := range b.Labels() {
		if slices.Contains(found.Taken, string(l)) {
			taken = append(taken, l)
		}
	}
	if len(taken) > 0 {
		return &booking.SeatsTakenError{Labels: taken}
	}
	return nil
}
