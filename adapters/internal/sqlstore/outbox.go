package sqlstore

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Waiting is a row of the table outbox.
type Waiting struct {
	Position int64  `db:"position"`
	Message  string `db:"message"`
}

// DecodeWaiting decodes the events of a batch.
func DecodeWaiting(codec platform.EventCodec, batch []Waiting) ([]platform.Event, error) {
	events := make([]platform.Event, len(batch))
	for i, w := range batch {
		var err error
		if events[i], err = codec.Decode([]byte(w.Message)); err != nil {
			return nil, fmt.Errorf("outbox at %d: %w", w.Position, err)
		}
	}
	return events, nil
}

// Backlog returns the number of events in the outbox, and the time of the oldest event.
func Backlog(ctx context.Context, c Conn, codec platform.EventCodec) (count int, oldest time.Time, err error) {
	var backlog struct {
		Count int     `db:"count"`
		First *string `db:"first"`
	}
	err = c.GetOne(ctx, &backlog, `
		SELECT count(*) AS count, (SELECT message FROM outbox ORDER BY position LIMIT 1) AS first FROM outbox`)
	if err == nil && backlog.First != nil {
		oldest, err = codec.OccurredAt([]byte(*backlog.First))
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count waiting events: %w", err)
	}
	return backlog.Count, oldest, nil
}

// Inbox implements [platform.Inbox] with the table inbox.
type Inbox struct {
	// Write runs the function work, which executes one statement.
	Write func(ctx context.Context, work func(Conn) error) error
}

func (i Inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (first bool, err error) {
	err = i.Write(ctx, func(c Conn) error {
		added, err := c.Exec(ctx, `
			INSERT INTO inbox (subscription, event_id, received_at) VALUES ($1, $2, $3)
			ON CONFLICT DO NOTHING`, subscription, id, TimeOf(time.Now()))
		first = added == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("inbox of %s: %w", subscription, err)
	}
	return first, nil
}

// Prune puts the limit into the text of the statement. If the limit were an argument,
// PostgreSQL could plan for a large limit, and scan the whole table for each batch.
func (i Inbox) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	var removed int64
	err := i.Write(ctx, func(c Conn) (err error) {
		removed, err = c.Exec(ctx, fmt.Sprintf(`
			DELETE FROM inbox WHERE (subscription, event_id) IN (
				SELECT subscription, event_id FROM inbox WHERE received_at < $1 ORDER BY received_at LIMIT %d
			)`, limit), TimeOf(before))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune inbox: %w", err)
	}
	return int(removed), nil
}
