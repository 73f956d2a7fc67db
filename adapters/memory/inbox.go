package memory

import (
	"context"

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
		seen := i.db.receipts.Has(r)
		i.db.receipts.Put(r, struct{}{})
		return !seen, nil
	})
}
