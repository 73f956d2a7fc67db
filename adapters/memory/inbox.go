package memory

import (
	"context"
	"slices"
	"time"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// receipt records that a subscription has received an event.
type receipt struct {
	subscription string
	event        ports.EventID
}

// NewInbox makes the inbox of a session.
func NewInbox(s Session) platform.Inbox { return inbox{s} }

type inbox struct{ Session }

func (i inbox) FirstTime(ctx context.Context, subscription string, id ports.EventID) (bool, error) {
	return AtomicReturning(ctx, i.Session, func() (bool, error) {
		r := receipt{subscription, id}
		if i.db.receipts.Has(r) {
			return false, nil
		}
		i.db.receipts.Put(r, time.Now())
		return true, nil
	})
}

func (i inbox) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	return AtomicReturning(ctx, i.Session, func() (int, error) {
		var old []receipt
		for r, at := range i.db.receipts.Rows {
			if at.Before(before) {
				old = append(old, r)
			}
		}
		slices.SortFunc(old, func(a, b receipt) int { return i.db.receipts.Rows[a].Compare(i.db.receipts.Rows[b]) })
		old = old[:min(limit, len(old))]
		for _, r := range old {
			i.db.receipts.Delete(r)
		}
		return len(old), nil
	})
}
