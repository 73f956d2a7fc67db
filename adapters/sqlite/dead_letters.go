package sqlite

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// deadLetter is a row of the table dead_letters.
type deadLetter struct {
	ID           string        `db:"id"`
	Subscription string        `db:"subscription"`
	EventID      ports.EventID `db:"event_id"`
	Message      string        `db:"message"`
	Reason       string        `db:"reason"`
	Attempts     int           `db:"attempts"`
	At           rows.Time     `db:"at"`
}

const deadLetterColumns = `id, subscription, event_id, message, reason, attempts, at`

// letter has nothing but the id of an event that cannot be read; the reason
// says why.
func (l deadLetter) letter() platform.DeadLetter {
	e, err := events.Decode([]byte(l.Message))
	if err != nil {
		e = platform.Event{ID: l.EventID}
	}
	return platform.DeadLetter{
		ID: l.ID, Subscription: l.Subscription, Event: e, Reason: l.Reason, Attempts: l.Attempts, At: l.At.Time,
	}
}

// bury makes a dead letter of a delivery.
func bury(ctx context.Context, c conn, d delivery, reason string, now time.Time) error {
	_, err := c.exec(ctx, `
		INSERT INTO dead_letters (`+deadLetterColumns+`)
		SELECT ?, subscription, event_id, message, ?, ?, ?
		FROM deliveries WHERE subscription = ? AND event_id = ?`,
		events.NewID(), reason, d.Attempts+1, rows.TimeOf(now), d.Subscription, d.EventID)
	if err != nil {
		return err
	}
	return removeDelivery(ctx, c, d)
}

// List is as platform.DeadLetters says.
func (b *Broker) List(ctx context.Context, after string, limit int) ([]platform.DeadLetter, error) {
	var found []deadLetter
	err := b.db.reader().list(ctx, &found, `
		SELECT `+deadLetterColumns+` FROM dead_letters
		WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	page := make([]platform.DeadLetter, len(found))
	for i, row := range found {
		page[i] = row.letter()
	}
	return page, nil
}

// Get is as platform.DeadLetters says.
func (b *Broker) Get(ctx context.Context, id string) (platform.DeadLetter, error) {
	var row deadLetter
	err := b.db.reader().get(ctx, &row, `SELECT `+deadLetterColumns+` FROM dead_letters WHERE id = ?`, id)
	if err != nil {
		return platform.DeadLetter{}, fmt.Errorf("dead letter %q: %w", id, err)
	}
	return row.letter(), nil
}

// Replay is as platform.DeadLetters says. It works from another process than
// the one that consumes, which sees it when it polls next.
func (b *Broker) Replay(ctx context.Context, id string) error {
	var subscription string
	err := b.db.transact(ctx, func(c conn) error {
		err := c.get(ctx, &subscription, `
			INSERT INTO deliveries (subscription, event_id, message, attempts, due_at)
			SELECT subscription, event_id, message, 0, ? FROM dead_letters WHERE id = ?
			ON CONFLICT (subscription, event_id) DO UPDATE SET attempts = 0
			RETURNING subscription`, rows.TimeOf(time.Now()), id)
		if err != nil {
			return err
		}
		return removeLetter(ctx, c, id)
	})
	if err != nil {
		return fmt.Errorf("replay dead letter %q: %w", id, err)
	}
	ring(b.arrivals[subscription])
	return nil
}

// Discard is as platform.DeadLetters says.
func (b *Broker) Discard(ctx context.Context, id string) error {
	err := b.db.transact(ctx, func(c conn) error { return removeLetter(ctx, c, id) })
	if err != nil {
		return fmt.Errorf("discard dead letter %q: %w", id, err)
	}
	return nil
}

func removeLetter(ctx context.Context, c conn, id string) error {
	removed, err := c.exec(ctx, `DELETE FROM dead_letters WHERE id = ?`, id)
	if err == nil && removed == 0 {
		return ports.ErrNotFound
	}
	return err
}
