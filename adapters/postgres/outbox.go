package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/event"
	"example.com/portico/ports/platform"
)

// Outbox returns the outbox of the database. A relay locks its events in a transaction,
// so the server releases the locks if the relay crashes. The positions of events do not
// follow the commit order. A relay still finds events that are committed late, because it
// deletes relayed events and remembers no position.
func (db *DB) Outbox() platform.Outbox { return outbox{db} }

type outbox struct{ db *DB }

type eventWriter struct{ codec platform.EventCodec }

func (w eventWriter) EncodeEvents(ctx context.Context, aggregate string, recorded []event.Event) ([]string, error) {
	messages := make([]string, len(recorded))
	for i, e := range delivery.Seal(ctx, aggregate, recorded) {
		message, err := w.codec.Encode(e)
		if err != nil {
			return nil, err
		}
		messages[i] = string(message)
	}
	return messages, nil
}

func (w eventWriter) StoreEvents(ctx context.Context, c sqlstore.Conn, aggregate string, recorded []event.Event) error {
	if len(recorded) == 0 {
		return nil
	}
	messages, err := w.EncodeEvents(ctx, aggregate, recorded)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, `
		INSERT INTO outbox (message)
		SELECT message::json FROM unnest($1::text[]) WITH ORDINALITY AS recorded (message, n) ORDER BY n`, pq.Array(messages))
	if err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	return nil
}

func (o outbox) Relay(ctx context.Context, limit int, publish func(context.Context, []platform.Event) error) (int, error) {
	// Published events must be deleted even if ctx has ended. So the transaction depends
	// on ctx only until publishing begins.
	txCtx, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	detach := context.AfterFunc(ctx, end)
	defer detach()

	published := 0
	err := o.db.pool.Transact(txCtx, func(c sqlstore.Conn) error {
		batch, err := o.claim(txCtx, c, limit)
		if err != nil {
			return fmt.Errorf("claim events: %w", err)
		}
		if len(batch) == 0 {
			return nil
		}
		if !detach() {
			return ctx.Err() // ctx has ended, but txCtx may end later
		}
		if err := publish(ctx, batch); err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		published = len(batch)
		return nil
	})
	switch {
	case txCtx.Err() != nil:
		return 0, ctx.Err()
	case err != nil:
		return 0, err
	}
	return published, nil
}

// claim deletes and returns the oldest events that no other relay has claimed. A rollback
// restores them.
func (o outbox) claim(ctx context.Context, c sqlstore.Conn, limit int) ([]platform.Event, error) {
	var batch []sqlstore.Waiting
	err := c.SelectAll(ctx, &batch, `
		WITH oldest AS MATERIALIZED (
			SELECT position FROM outbox ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED
		)
		DELETE FROM outbox USING oldest WHERE outbox.position = oldest.position
		RETURNING outbox.position, outbox.message`, limit)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(batch, func(a, b sqlstore.Waiting) int { return cmp.Compare(a.Position, b.Position) })
	return sqlstore.DecodeWaiting(o.db.codec, batch)
}

func (o outbox) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	return sqlstore.Backlog(ctx, o.db.Reader(), o.db.codec)
}
