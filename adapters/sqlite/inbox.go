package sqlite

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// NewInbox makes the inbox of a session.
func NewInbox(s Session) platform.Inbox { return inbox{s} }

type inbox struct{ Session }

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error) {
	return sqlstore.WriteReturning(ctx, i, func(c sqlstore.Conn) (bool, error) {
		added, err := c.Exec(ctx, `INSERT INTO inbox (subscription, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, subscription, id)
		if err != nil {
			return false, fmt.Errorf("inbox of %s: %w", subscription, err)
		}
		return added == 1, nil
	})
}
