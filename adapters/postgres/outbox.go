package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/ports/platform"
)

// Outbox holds the events of all transactions. A relay has its events locked in a transaction,
// so that they are free again when its process is gone. Positions are not in the
// order of the commits: an event that appears late is found all the same,
// because those that were relayed are gone and not skipped.
func (db *DB) Outbox() platform.Outbox { return outbox{db} }

type outbox struct{ db *DB }

// encode writes events as the column message holds them.
func encode(recorded []platform.Event) ([]string, error) {
	messages := make([]string, len(recorded))
	for i, e := range recorded {
		message, err := events.Encode(e)
		if err != nil {
			return nil, err
		}
		messages[i] = string(message)
	}
	return messages, nil
}

// storeEvents puts events into the outbox, in the transaction of what they tell.
func storeEvents(ctx context.Context, c conn, recorded []platform.Event) error {
	if len(recorded) == 0 {
		return nil
	}
	messages, err := encode(recorded)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, `
		INSERT INTO outbox (message)
		SELECT message::json FROM unnest($1::text[]) WITH ORDINALITY AS recorded (message, n) ORDER BY n`, pq.Array(messages))
	if err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	return nil
}

// waiting is a row of the outbox.
type waiting struct {
	Position int64  `db:"position"`
	Message  string `db:"message"`
}

func (o outbox) Relay(ctx context.Context, limit int, hand func(context.Context, []platform.Event) error) (int, error) {
	// What was handed over is to be removed, even if ctx has ended since. So the
	// transaction is under ctx until then only.
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	keep := context.AfterFunc(ctx, end)
	defer keep()

	handed := 0
	err := o.db.pool.transact(own, func(c conn) error {
		batch, err := claim(own, c, limit)
		if err != nil {
			return fmt.Errorf("claim events: %w", err)
		}
		if len(batch) == 0 {
			return nil
		}
		if !keep() {
			return ctx.Err() // it has ended, even if own has not yet
		}
		if err := hand(ctx, batch); err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		handed = len(batch)
		return nil
	})
	switch {
	case own.Err() != nil:
		return 0, ctx.Err()
	case err != nil:
		return 0, err
	}
	return handed, nil
}

// claim takes the oldest events that no other relay has. They are removed if
// the transaction is committed.
func claim(ctx context.Context, c conn, limit int) ([]platform.Event, error) {
	var batch []waiting
	err := c.list(ctx, &batch, `
		WITH oldest AS MATERIALIZED (
			SELECT position FROM outbox ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED
		)
		DELETE FROM outbox USING oldest WHERE outbox.position = oldest.position
		RETURNING outbox.position, outbox.message`, limit)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(batch, func(a, b waiting) int { return cmp.Compare(a.Position, b.Position) })
	claimed := make([]platform.Event, len(batch))
	for i, w := range batch {
		if claimed[i], err = events.Decode([]byte(w.Message)); err != nil {
			return nil, fmt.Errorf("outbox at %d: %w", w.Position, err)
		}
	}
	return claimed, nil
}

func (o outbox) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	var pending struct {
		Count int     `db:"count"`
		First *string `db:"first"`
	}
	err = o.db.reader().get(ctx, &pending, `
		SELECT count(*) AS count, (SELECT message FROM outbox ORDER BY position LIMIT 1) AS first FROM outbox`)
	if err == nil && pending.First != nil {
		oldest, err = events.OccurredAt([]byte(*pending.First))
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("pending events: %w", err)
	}
	return pending.Count, oldest, nil
}
