package pgstores

import (
	"context"
	"errors"
	"fmt"
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
// A hold reads the show's status without locking the show, because buyers would otherwise
// wait for each other. So a show may be cancelled after this read and before the commit.
// The job that cancels the bookings of cancelled shows (DueFilter.OfCancelledShows) finds
// the new booking in a later run, because a cancelled show stays cancelled.
var hold = sqlstore.NewStatement[holdRow](`
	WITH on_sale AS (
		SELECT id FROM shows
		WHERE id = :show_id AND status = 'on_sale'
			AND NOT EXISTS (SELECT FROM unnest(:labels::text[]) AS asked (seat), LATERAL (
				SELECT FROM claims WHERE claims.show_id = :show_id AND claims.seat = asked.seat LIMIT 1
			) AS taken)
	), claimed AS (
		INSERT INTO claims (show_id, seat, booking_id)
		SELECT on_sale.id, seat, :id FROM on_sale, unnest(:labels::text[]) AS seat ORDER BY seat COLLATE "C"
		ON CONFLICT (show_id, seat) DO NOTHING
		RETURNING seat
	), held AS (
		SELECT FROM claimed HAVING count(*) = cardinality(:labels::text[])
	), told AS (
		INSERT INTO outbox (message)
		SELECT message::json FROM held, unnest(:messages::text[]) WITH ORDINALITY AS recorded (message, n) ORDER BY n
	)
	INSERT INTO bookings (` + rows.KeyedColumns.List + `)
	SELECT ` + rows.KeyedColumns.Named + ` FROM held`)

// holdAttempts is the maximum number of attempts to store a hold. Add retries if the
// reason for the failure no longer exists.
const holdAttempts = 5

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	row, err := rows.FromBooking(b)
	if err != nil {
		return nil, err
	}
	messages, err := r.session.EncodeEvents(ctx, string(b.ID()), b.Events())
	if err != nil {
		return nil, err
	}
	args := hold.Args(holdRow{rows.KeyedBooking{Booking: row, Key: key}, labelTexts(b), messages})
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
		if err := refusal(ctx, r.Reader(), b); err != nil {
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
