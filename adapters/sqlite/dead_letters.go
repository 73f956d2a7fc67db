package sqlite

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/adapters/internal/ids"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

type deadLetterRow struct {
	ID           string        `db:"id"`
	Subscription string        `db:"subscription"`
	EventID      ports.EventID `db:"event_id"`
	Message      string        `db:"message"`
	Reason       string        `db:"reason"`
	Attempts     int           `db:"attempts"`
	At           sqlstore.Time `db:"at"`
}

var deadLetterColumns = sqlstore.ColumnsOf[deadLetterRow]().List

func (b *Broker) deadLetter(l deadLetterRow) platform.DeadLetter {
	return platform.DeadLetter{
		ID: l.ID, Subscription: l.Subscription, Event: delivery.OfDeadLetter(b.db.codec, []byte(l.Message), l.EventID),
		Reason: l.Reason, Attempts: l.Attempts, At: l.At.Time,
	}
}

func addDeadLetter(ctx context.Context, c sqlstore.Conn, d leasedDelivery, reason error, now time.Time) error {
	_, err := c.Exec(ctx, `
		INSERT INTO dead_letters (`+deadLetterColumns+`)
		SELECT ?, subscription, event_id, message, ?, ?, ?
		FROM deliveries WHERE subscription = ? AND event_id = ?`,
		ids.New(), delivery.Reason(reason), d.Attempts+1, sqlstore.TimeOf(now), d.Subscription, d.EventID)
	if err != nil {
		return err
	}
	return deleteDelivery(ctx, c, d)
}

func (b *Broker) List(ctx context.Context, after string, limit int) ([]platform.DeadLetter, error) {
	var found []deadLetterRow
	err := b.db.Reader().SelectAll(ctx, &found, `
		SELECT `+deadLetterColumns+` FROM dead_letters
		WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	page := make([]platform.DeadLetter, len(found))
	for i, row := range found {
		page[i] = b.deadLetter(row)
	}
	return page, nil
}

func (b *Broker) Get(ctx context.Context, id string) (platform.DeadLetter, error) {
	var row deadLetterRow
	err := b.db.Reader().GetOne(ctx, &row, `SELECT `+deadLetterColumns+` FROM dead_letters WHERE id = ?`, id)
	if err != nil {
		return platform.DeadLetter{}, fmt.Errorf("dead letter %q: %w", id, err)
	}
	return b.deadLetter(row), nil
}

// Replay works even in a process that does not consume. The consuming process finds the
// event at its next poll.
func (b *Broker) Replay(ctx context.Context, id string) error {
	var subscription string
	err := b.db.transact(ctx, func(c sqlstore.Conn) error {
		err := c.GetOne(ctx, &subscription, `
			INSERT INTO deliveries (subscription, event_id, message, attempts, due_at)
			SELECT subscription, event_id, message, 0, ? FROM dead_letters WHERE id = ?
			ON CONFLICT (subscription, event_id) DO UPDATE SET attempts = 0
			RETURNING subscription`, sqlstore.TimeOf(time.Now()), id)
		if err != nil {
			return err
		}
		return deleteDeadLetter(ctx, c, id)
	})
	if err != nil {
		return fmt.Errorf("replay dead letter %q: %w", id, err)
	}
	b.wakeups[subscription].Notify()
	return nil
}

func (b *Broker) Discard(ctx context.Context, id string) error {
	err := b.db.transact(ctx, func(c sqlstore.Conn) error { return deleteDeadLetter(ctx, c, id) })
	if err != nil {
		return fmt.Errorf("discard dead letter %q: %w", id, err)
	}
	return nil
}

func deleteDeadLetter(ctx context.Context, c sqlstore.Conn, id string) error {
	removed, err := c.Exec(ctx, `DELETE FROM dead_letters WHERE id = ?`, id)
	if err == nil && removed == 0 {
		return ports.ErrNotFound
	}
	return err
}
