package memory

import (
	"context"

	"example.com/portico/ports"
)

// receipt says that a subscription has seen an event.
type receipt struct {
	subscription string
	event        ports.EventID
}

type inbox struct {
	receipts table[receipt, struct{}]
	atomic   atomic
}

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error) {
	return within(ctx, i.atomic, func() (bool, error) {
		r := receipt{subscription, id}
		seen := i.receipts.has(r)
		i.receipts.put(r, struct{}{})
		return !seen, nil
	})
}
