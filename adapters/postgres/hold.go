package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// hold claims seats, stores their booking and its events, in one round trip.
// It is all or nothing:
//
//   - Seats are claimed in their order, so that holds which overlap wait for one
//     another and never in a circle. Where a claim is there already, or another
//     hold commits one first, ON CONFLICT leaves that seat out.
//   - The booking and its events are stored when every seat was claimed. If only
//     some were, these claims are of a booking that is not there, and their
//     foreign key (claims_of_booking) undoes the statement. So that this is
//     left to races, a seat that is known to be claimed ends it at the start.
//     LATERAL and LIMIT make the server look seat by seat: left to choose when
//     the table is small, it would go through all claims of the show ever after.
//   - A key that made a booking already undoes it too (bookings_by_key): of two
//     at once, one waits for the other to commit or to fail.
//
// A hold looks at the show's status and does not lock it, or buyers would wait
// for one another. So a show may be called off between that look and the
// commit. The booking does not escape for that: what withdraws the bookings of
// shows that were called off (Due) looks at committed data again and again, and
// finds it as soon as it is committed. It is due from then on, for no show comes
// back from being called off.
const hold = `
	WITH on_sale AS (
		SELECT id FROM shows
		WHERE id = $2 AND status = 'on_sale'
			AND NOT EXISTS (SELECT FROM unnest($15::text[]) AS asked (seat), LATERAL (
				SELECT FROM claims WHERE claims.show_id = $2 AND claims.seat = asked.seat LIMIT 1
			) AS taken)
	), claimed AS (
		INSERT INTO claims (show_id, seat, booking_id)
		SELECT on_sale.id, seat, $1 FROM on_sale, unnest($15::text[]) AS seat ORDER BY seat COLLATE "C"
		ON CONFLICT (show_id, seat) DO NOTHING
		RETURNING seat
	), held AS (
		SELECT FROM claimed HAVING count(*) = cardinality($15::text[])
	), told AS (
		INSERT INTO outbox (message)
		SELECT message::json FROM held, unnest($16::text[]) WITH ORDINALITY AS recorded (message, n) ORDER BY n
	)
	INSERT INTO bookings (` + bookingColumns + `, idempotency_key)
	SELECT $1, $2, $3, $4, $5::json, $6::bigint, $7, $8, $9::timestamptz, $10::integer, $11::timestamptz, $12, $13, $14::timestamptz, $17
	FROM held`

// attemptsToHold is how often seats may turn out free again that stood in the
// way of a hold.
const attemptsToHold = 5

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey) (*booking.Booking, error) {
	row, err := rows.OfBooking(b)
	if err != nil {
		return nil, err
	}
	messages, err := encode(events.Seal(ctx, string(b.ID()), b.Events()))
	if err != nil {
		return nil, err
	}
	for range attemptsToHold {
		held, err := r.hold(ctx, row, b.Labels(), messages, key)
		if err != nil {
			return nil, fmt.Errorf("add booking %s: %w", b.ID(), err)
		}
		if held {
			return row.Booking()
		}
		switch first, err := bookingByKey(ctx, r.reader(), b.Customer(), key); {
		case err == nil && first.Matches(b.Show(), b.Labels()):
			return first, nil
		case err == nil:
			return nil, fmt.Errorf("add booking: %w", ports.ErrIdempotencyKeyReused)
		case !errors.Is(err, ports.ErrNotFound):
			return nil, err
		}
		if err := refusal(ctx, r.reader(), b); err != nil {
			return nil, fmt.Errorf("add booking %s of show %s: %w", b.ID(), b.Show(), err)
		}
	}
	return nil, fmt.Errorf("add booking %s: %w: its seats are taken and given back all the time", b.ID(), ports.ErrUnavailable)
}

// hold tells whether the seats are held now. If not, the database is as before.
func (r bookings) hold(ctx context.Context, row rows.Booking, labels []show.Label, messages []string, key ports.IdempotencyKey) (held bool, err error) {
	err = r.writeAtOnce(ctx, func(c conn) error {
		stored, err := c.exec(ctx, hold,
			row.ID, row.Show, row.Customer, row.Email, row.Seats, row.Total, row.Currency, row.Status, row.HeldUntil,
			row.Attempt, row.PayingSince, row.Declined, row.Refund, row.CreatedAt,
			pq.Array(labels), pq.Array(messages), key)
		held = stored == 1
		return err
	})
	if violates(err, "claims_of_booking", "bookings_by_key") {
		return false, nil
	}
	return held, err
}

// refusal says what stands in the way of a hold; nil for nothing any more.
func refusal(ctx context.Context, c conn, b *booking.Booking) error {
	var found struct {
		Status string         `db:"status"`
		Taken  pq.StringArray `db:"taken"`
	}
	err := c.get(ctx, &found, `
		SELECT status, ARRAY(SELECT taken.seat FROM unnest($2::text[]) AS asked (seat), LATERAL (
			SELECT claims.seat FROM claims WHERE claims.show_id = shows.id AND claims.seat = asked.seat LIMIT 1
		) AS taken) AS taken
		FROM shows WHERE id = $1`, b.Show(), pq.Array(b.Labels()))
	if err != nil {
		return err
	}
	status, err := show.ParseStatus(found.Status)
	if err != nil {
		return err
	}
	if status != show.StatusOnSale {
		return &show.NotOnSaleError{Status: status}
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
