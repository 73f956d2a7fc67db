package postgres

import (
	"context"
	"fmt"

	"example.com/portico/ports"
)

type inbox struct{ session }

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (first bool, err error) {
	err = i.writeAtOnce(ctx, func(c conn) error {
		added, err := c.exec(ctx, `INSERT INTO inbox (subscription, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, subscription, id)
		first = added == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("inbox of %s: %w", subscription, err)
	}
	return first, nil
}
