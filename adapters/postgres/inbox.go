package postgres

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

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (first bool, err error) {
	err = i.WriteStatement(ctx, func(c sqlstore.Conn) error {
		added, err := c.Exec(ctx, `INSERT INTO inbox (subscription, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, subscription, id)
		first = added == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("inbox of %s: %w", subscription, err)
	}
	return first, nil
}
