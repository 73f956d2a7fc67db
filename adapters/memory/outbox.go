package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/portico/ports/platform"
)

// outbox keeps events in the order in which they were committed.
type outbox struct {
	journal *journal
	waiting []*waiting
}

type waiting struct {
	event   platform.Event
	claimed bool
}

// add stores events inside a transaction.
func (o *outbox) add(events []platform.Event) {
	before := len(o.waiting)
	o.journal.undo = append(o.journal.undo, func() { o.waiting = o.waiting[:before] })
	for _, e := range events {
		o.waiting = append(o.waiting, &waiting{event: e})
	}
}

// Relay is as platform.Outbox says.
func (o *outbox) Relay(ctx context.Context, limit int, hand func(context.Context, []platform.Event) error) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	batch := o.claim(limit)
	if len(batch) == 0 {
		return 0, nil
	}
	handedOver := false
	defer func() { o.settle(batch, handedOver) }()

	events := make([]platform.Event, len(batch))
	for i, w := range batch {
		events[i] = w.event
	}
	if err := hand(ctx, events); err != nil {
		return 0, fmt.Errorf("relay: %w", err)
	}
	handedOver = true
	return len(events), nil
}

// Pending is as platform.Outbox says.
func (o *outbox) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return 0, time.Time{}, err
	}
	o.journal.mu.Lock()
	defer o.journal.mu.Unlock()
	if len(o.waiting) > 0 {
		oldest = o.waiting[0].event.OccurredAt
	}
	return len(o.waiting), oldest, nil
}

func (o *outbox) claim(limit int) []*waiting {
	o.journal.mu.Lock()
	defer o.journal.mu.Unlock()
	var batch []*waiting
	for _, w := range o.waiting {
		if len(batch) == limit {
			break
		}
		if !w.claimed {
			w.claimed = true
			batch = append(batch, w)
		}
	}
	return batch
}

// settle removes a batch, or lets others claim it again.
func (o *outbox) settle(batch []*waiting, handedOver bool) {
	o.journal.mu.Lock()
	defer o.journal.mu.Unlock()
	if !handedOver {
		for _, w := range batch {
			w.claimed = false
		}
		return
	}
	gone := make(map[*waiting]bool, len(batch))
	for _, w := range batch {
		gone[w] = true
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(w *waiting) bool { return gone[w] })
}
