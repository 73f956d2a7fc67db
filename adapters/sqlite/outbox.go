package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// Outbox returns the outbox, which holds the events of all transactions. Relays claim
// events in memory, so a crash releases the claims. This suffices, because only one
// process relays from a file.
func (db *DB) Outbox() platform.Outbox { return outbox{db} }

type outbox struct{ db *DB }

type eventWriter struct{ codec platform.EventCodec }

func (w eventWriter) StoreEvents(ctx context.Context, c sqlstore.Conn, aggregate string, recorded []event.Event) error {
	for _, e := range delivery.Seal(ctx, aggregate, recorded) {
		message, err := w.codec.Encode(e)
		if err != nil {
			return err
		}
		if _, err := c.Exec(ctx, `INSERT INTO outbox (message) VALUES (?)`, string(message)); err != nil {
			return fmt.Errorf("store event %s: %w", e.Type, err)
		}
	}
	return nil
}

func (o outbox) Relay(ctx context.Context, limit int, publish func(context.Context, []platform.Event) error) (int, error) {
	batch, err := o.claim(ctx, limit)
	if err != nil {
		return 0, fmt.Errorf("claim events: %w", err)
	}
	defer o.release(batch)
	if len(batch) == 0 {
		return 0, nil
	}
	claimed, err := sqlstore.DecodeWaiting(o.db.codec, batch)
	if err != nil {
		return 0, err
	}
	if err := publish(ctx, claimed); err != nil {
		return 0, fmt.Errorf("relay: %w", err)
	}
	// The broker has the events, so remove them even if ctx has ended.
	if err := o.remove(context.WithoutCancel(ctx), batch); err != nil {
		return 0, fmt.Errorf("remove relayed events: %w", err)
	}
	return len(batch), nil
}

func (o outbox) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	return sqlstore.Backlog(ctx, o.db.Reader(), o.db.codec)
}

// claim takes the oldest events that no other relay has claimed.
func (o outbox) claim(ctx context.Context, limit int) ([]sqlstore.Waiting, error) {
	o.db.claimed.Lock()
	defer o.db.claimed.Unlock()
	others, err := json.Marshal(slices.AppendSeq([]int64{}, maps.Keys(o.db.claimed.positions)))
	if err != nil {
		return nil, err
	}
	var batch []sqlstore.Waiting
	err = o.db.Reader().SelectAll(ctx, &batch, `
		SELECT position, message FROM outbox
		WHERE position NOT IN (SELECT value FROM json_each(?))
		ORDER BY position LIMIT ?`, string(others), limit)
	if err != nil {
		return nil, err // batch may be incomplete
	}
	for _, w := range batch {
		o.db.claimed.positions[w.Position] = true
	}
	return batch, nil
}

func (o outbox) remove(ctx context.Context, batch []sqlstore.Waiting) error {
	return o.db.transact(ctx, func(c sqlstore.Conn) error {
		for _, w := range batch {
			if _, err := c.Exec(ctx, `DELETE FROM outbox WHERE position = ?`, w.Position); err != nil {
				return err
			}
		}
		return nil
	})
}

func (o outbox) release(batch []sqlstore.Waiting) {
	o.db.claimed.Lock()
	defer o.db.claimed.Unlock()
	for _, w := range batch {
		delete(o.db.claimed.positions, w.Position)
	}
}
