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
	log     *undoLog
	waiting []*waiting
}

type waiting struct {
	event   platform.Event
	claimed bool
	relayed bool
}

// add stores events. Call it inside a transaction.
func (o *outbox) add(events []platform.Event) {
	before := len(o.waiting)
	o.log.undo = append(o.log.undo, func() { o.waiting = o.waiting[:before] })
	for _, e := range events {
		o.waiting = append(o.waiting, &waiting{event: e})
	}
}

func (o *outbox) Relay(ctx context.Context, limit int, publish func(context.Context, []platform.Event) error) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	batch := o.claim(limit)
	if len(batch) == 0 {
		return 0, nil
	}
	published := false
	defer func() { o.settle(batch, published) }()

	events := make([]platform.Event, len(batch))
	for i, w := range batch {
		events[i] = w.event
	}
	if err := publish(ctx, events); err != nil {
		return 0, fmt.Errorf("relay: %w", err)
	}
	published = true
	return len(events), nil
}

func (o *outbox) Backlog(ctx context.Context) (count int, oldest time.Time, err error) {
	if err := ctx.Err(); err != nil {
		return 0, time.Time{}, err
	}
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	if len(o.waiting) > 0 {
		oldest = o.waiting[0].event.OccurredAt
	}
	return len(o.waiting), oldest, nil
}

func (o *outbox) claim(limit int) []*waiting {
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
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

// settle removes a batch if it was published, and otherwise releases it.
func (o *outbox) settle(batch []*waiting, published bool) {
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	for _, w := range batch {
		w.claimed, w.relayed = false, published
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(w *waiting) bool { return w.relayed })
}
