package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/ports/platform"
)

// Outbox holds the events of all transactions. What a relay has claimed is
// known to this process alone and so is free again as soon as the process is
// gone; there is one process that relays from a file.
func (db *DB) Outbox() platform.Outbox { return outbox{db} }

type outbox struct{ db *DB }

// storeEvents puts events into the outbox, in the transaction of what they tell.
func storeEvents(ctx context.Context, c conn, recorded []platform.Event) error {
	for _, e := range recorded {
		message, err := events.Encode(e)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, `INSERT INTO outbox (message) VALUES (?)`, string(message)); err != nil {
			return fmt.Errorf("store event %s: %w", e.Type, err)
		}
	}
	return nil
}

// waiting is a row of the outbox.
type waiting struct {
	Position int64  `db:"position"`
	Message  string `db:"message"`
}

func (o outbox) Relay(ctx context.Context, limit int, hand func(context.Context, []platform.Event) error) (int, error) {
	batch, err := o.claim(ctx, limit)
	if err != nil {
		return 0, fmt.Errorf("claim events: %w", err)
	}
	defer o.release(batch)
	if len(batch) == 0 {
		return 0, nil
	}
	claimed := make([]platform.Event, len(batch))
	for i, w := range batch {
		if claimed[i], err = events.Decode([]byte(w.Message)); err != nil {
			return 0, fmt.Errorf("outbox at %d: %w", w.Position, err)
		}
	}
	if err := hand(ctx, claimed); err != nil {
		return 0, fmt.Errorf("relay: %w", err)
	}
	// They are with the broker, even if ctx has ended since.
	if err := o.remove(context.WithoutCancel(ctx), batch); err != nil {
		return 0, fmt.Errorf("remove relayed events: %w", err)
	}
	return len(batch), nil
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

// claim takes the oldest events that no other relay has.
func (o outbox) claim(ctx context.Context, limit int) ([]waiting, error) {
	o.db.claimed.Lock()
	defer o.db.claimed.Unlock()
	others, err := json.Marshal(slices.AppendSeq([]int64{}, maps.Keys(o.db.claimed.positions)))
	if err != nil {
		return nil, err
	}
	var batch []waiting
	err = o.db.reader().list(ctx, &batch, `
		SELECT position, message FROM outbox
		WHERE position NOT IN (SELECT value FROM json_each(?))
		ORDER BY position LIMIT ?`, string(others), limit)
	if err != nil {
		return nil, err // there may be a part of a batch
	}
	for _, w := range batch {
		o.db.claimed.positions[w.Position] = true
	}
	return batch, nil
}

func (o outbox) remove(ctx context.Context, batch []waiting) error {
	return o.db.transact(ctx, func(c conn) error {
		for _, w := range batch {
			if _, err := c.exec(ctx, `DELETE FROM outbox WHERE position = ?`, w.Position); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o outbox) release(batch []waiting) {
	o.db.claimed.Lock()
	defer o.db.claimed.Unlock()
	for _, w := range batch {
		delete(o.db.claimed.positions, w.Position)
	}
}
