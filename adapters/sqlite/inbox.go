package sqlite

import (
	"context"
	"fmt"

	"example.com/portico/ports"
)

type inbox struct{ session }

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error) {
	return returning(ctx, i, func(c conn) (bool, error) {
		added, err := c.exec(ctx, `INSERT INTO inbox (subscription, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, subscription, id)
		if err != nil {
			return false, fmt.Errorf("inbox of %s: %w", subscription, err)
		}
		return added == 1, nil
	})
}
