package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/adapters/internal/rows"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

const (
	// handlersAtOnce is for each call of Consume.
	handlersAtOnce = 8
	// pollEvery is for what other processes publish or replay.
	pollEvery = 500 * time.Millisecond
	// maxReason is how many bytes of an error a dead letter keeps.
	maxReason = 2000
)

// Broker keeps one delivery for each event and each subscription that wants it,
// until it is handled or becomes a dead letter. It is an platform.Publisher, an
// platform.Subscriber and an platform.DeadLetters.
type Broker struct {
	db       *DB
	policy   platform.RetryPolicy
	report   func(context.Context, error)
	consumer string // names this process in leases
	// leaseFor is how long a delivery is kept from other consumers; it is
	// renewed while the handler runs.
	leaseFor time.Duration
	arrivals map[string]chan struct{}
	wanting  map[string][]string // the subscriptions of an event type
}

// NewBroker makes a broker for these subscriptions, in a database that has its
// schema. Report is told of every attempt that failed, and of deliveries that
// could not be fetched or settled; these are tried again.
func NewBroker(db *DB, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) *Broker {
	b := &Broker{
		db: db, policy: policy, report: report, consumer: rand.Text(), leaseFor: 30 * time.Second,
		arrivals: map[string]chan struct{}{}, wanting: map[string][]string{},
	}
	for _, s := range subscriptions {
		b.arrivals[s.Name] = make(chan struct{}, 1)
		for _, eventType := range s.Types {
			b.wanting[eventType] = append(b.wanting[eventType], s.Name)
		}
	}
	return b
}

// Publish is as platform.Publisher says. An event that a subscription is yet to
// handle is not delivered to it a second time.
func (b *Broker) Publish(ctx context.Context, published []platform.Event) error {
	now := rows.TimeOf(time.Now())
	err := b.db.transact(ctx, func(c conn) error {
		for _, e := range published {
			message, err := events.Encode(e)
			if err != nil {
				return err
			}
			for _, subscription := range b.wanting[e.Type] {
				_, err := c.exec(ctx, `
					INSERT INTO deliveries (subscription, event_id, message, attempts, due_at) VALUES (?, ?, ?, 0, ?)
					ON CONFLICT (subscription, event_id) DO NOTHING`, subscription, e.ID, string(message), now)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for _, e := range published {
		for _, subscription := range b.wanting[e.Type] {
			ring(b.arrivals[subscription])
		}
	}
	return nil
}

// Consume is as platform.Subscriber says. Its handlers are not told that ctx
// has ended: they finish. Deliveries are leased, so that two consumers do not
// hold the same one. Consume begins with taking over the leases of consumers in
// other processes: there is one process that consumes from a file, so theirs
// have crashed.
func (b *Broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	arrivals, ok := b.arrivals[subscription]
	if !ok {
		return fmt.Errorf("consume: there is no subscription %q", subscription)
	}
	if err := b.takeOver(ctx, subscription); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("consume %s: %w", subscription, err)
	}
	var handlers sync.WaitGroup
	defer handlers.Wait()
	ended := make(chan struct{}, handlersAtOnce)
	running := 0
	for ctx.Err() == nil {
		leased, wait, err := b.lease(ctx, subscription, handlersAtOnce-running)
		if err != nil && ctx.Err() == nil {
			b.report(ctx, fmt.Errorf("consume %s: %w", subscription, err))
		}
		for _, d := range leased {
			running++
			handlers.Go(func() {
				b.deliver(context.WithoutCancel(ctx), d, handle)
				ended <- struct{}{}
			})
		}
		select {
		case <-ctx.Done():
		case <-ended:
			running--
		case <-arrivals:
		case <-time.After(wait):
		}
	}
	return nil
}

// delivery is a row of the table deliveries.
type delivery struct {
	Subscription string        `db:"subscription"`
	EventID      ports.EventID `db:"event_id"`
	Message      string        `db:"message"`
	Attempts     int           `db:"attempts"` // that failed
}

func (b *Broker) takeOver(ctx context.Context, subscription string) error {
	return b.db.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `
			UPDATE deliveries SET leased_by = NULL, due_at = ? WHERE subscription = ? AND leased_by <> ?`,
			rows.TimeOf(time.Now()), subscription, b.consumer)
		return err
	})
}

// lease takes up to limit deliveries that are due, and tells how long to wait
// for the next.
func (b *Broker) lease(ctx context.Context, subscription string, limit int) ([]delivery, time.Duration, error) {
	now := time.Now()
	var next rows.Time
	if err := b.db.reader().get(ctx, &next, `SELECT min(due_at) FROM deliveries WHERE subscription = ?`, subscription); err != nil {
		return nil, pollEvery, err
	}
	if limit == 0 || next.IsZero() {
		return nil, pollEvery, nil
	}
	if next.After(now) {
		return nil, min(next.Sub(now), pollEvery), nil
	}
	var leased []delivery
	err := b.db.transact(ctx, func(c conn) error {
		return c.list(ctx, &leased, `
			UPDATE deliveries SET leased_by = ?, due_at = ?
			WHERE rowid IN (SELECT rowid FROM deliveries WHERE subscription = ? AND due_at <= ? ORDER BY due_at, rowid LIMIT ?)
			RETURNING subscription, event_id, message, attempts`,
			b.consumer, rows.TimeOf(now.Add(b.leaseFor)), subscription, rows.TimeOf(now), limit)
	})
	if err != nil {
		return nil, pollEvery, err
	}
	return leased, pollEvery, nil
}

func (b *Broker) deliver(ctx context.Context, d delivery, handle func(context.Context, platform.Event) error) {
	stop := b.keepLeased(ctx, d)
	failed := attempt(ctx, d, handle)
	stop()

	var err error
	if failed == nil {
		err = b.db.transact(ctx, func(c conn) error { return removeDelivery(ctx, c, d) })
	} else {
		b.report(ctx, fmt.Errorf("subscription %s, event %s, attempt %d: %w", d.Subscription, d.EventID, d.Attempts+1, failed))
		err = b.postpone(ctx, d, failed)
	}
	if err != nil {
		b.report(ctx, fmt.Errorf("subscription %s, settle event %s: %w", d.Subscription, d.EventID, err))
	}
}

func attempt(ctx context.Context, d delivery, handle func(context.Context, platform.Event) error) (err error) {
	e, err := events.Decode([]byte(d.Message))
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ports.WithCorrelationID(ctx, e.CorrelationID), e)
}

// keepLeased renews a lease until it is told to stop.
func (b *Broker) keepLeased(ctx context.Context, d delivery) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	go func() {
		renew := time.NewTicker(b.leaseFor / 3)
		defer renew.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-renew.C:
			}
			err := b.db.transact(ctx, func(c conn) error {
				_, err := c.exec(ctx, `UPDATE deliveries SET due_at = ? WHERE subscription = ? AND event_id = ? AND leased_by = ?`,
					rows.TimeOf(time.Now().Add(b.leaseFor)), d.Subscription, d.EventID, b.consumer)
				return err
			})
			if err != nil && ctx.Err() == nil {
				b.report(ctx, fmt.Errorf("subscription %s, renew lease of event %s: %w", d.Subscription, d.EventID, err))
			}
		}
	}()
	return stop
}

func removeDelivery(ctx context.Context, c conn, d delivery) error {
	_, err := c.exec(ctx, `DELETE FROM deliveries WHERE subscription = ? AND event_id = ?`, d.Subscription, d.EventID)
	return err
}

// postpone makes a delivery due again later, or a dead letter of it after the
// last attempt.
func (b *Broker) postpone(ctx context.Context, d delivery, reason error) error {
	now, attempts := time.Now(), d.Attempts+1
	return b.db.transact(ctx, func(c conn) error {
		if !b.policy.Exhausted(attempts) {
			_, err := c.exec(ctx, `UPDATE deliveries SET attempts = ?, due_at = ?, leased_by = NULL WHERE subscription = ? AND event_id = ?`,
				attempts, rows.TimeOf(now.Add(b.policy.Delay(attempts))), d.Subscription, d.EventID)
			return err
		}
		text := reason.Error()
		return bury(ctx, c, d, strings.ToValidUTF8(text[:min(len(text), maxReason)], ""), now)
	})
}
