package memory

import (
	"context"
	"sync"

	"example.com/portico/ports/platform"
)

// delivery is an event on its way to one subscription.
type delivery struct {
	event    platform.Event
	attempts int
}

// queue has no end: put never waits.
type queue struct {
	mu      sync.Mutex
	ready   []delivery
	arrived chan struct{} // holds a token unless nothing is ready
}

func newQueue() *queue { return &queue{arrived: make(chan struct{}, 1)} }

func (q *queue) put(d delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, d)
	q.wakeOne()
}

// take waits for a delivery; there is none once ctx has ended.
func (q *queue) take(ctx context.Context) (delivery, bool) {
	for ctx.Err() == nil {
		if d, ok := q.next(); ok {
			return d, true
		}
		select {
		case <-q.arrived:
		case <-ctx.Done():
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ready) > 0 {
		q.wakeOne() // in place of the one that was taken here, perhaps
	}
	return delivery{}, false
}

func (q *queue) next() (delivery, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.ready) == 0 {
		return delivery{}, false
	}
	d := q.ready[0]
	q.ready = q.ready[1:]
	if len(q.ready) > 0 {
		q.wakeOne()
	}
	return d, true
}

func (q *queue) wakeOne() {
	select {
	case q.arrived <- struct{}{}:
	default:
	}
}
