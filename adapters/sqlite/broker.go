package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

const (
	// concurrency is the maximum number of events that a call of Consume handles at once.
	concurrency = 8
	// pollInterval is the time between polls for events that another process published or
	// replayed.
	pollInterval = 500 * time.Millisecond
)

// Broker keeps one delivery for each event and subscription, until the event is handled
// or becomes a dead letter.
type Broker struct {
	db       *DB
	policy   platform.RetryPolicy
	report   func(context.Context, error)
	consumer string // identifies this process in leases
	// leaseFor is the duration of a lease, during which no other consumer can take the
	// delivery. The lease is renewed while the handler runs.
	leaseFor            time.Duration
	wakeups             map[string]sqlstore.Signal // by subscription
	subscriptionsByType map[string][]string
}

var (
	_ platform.Publisher   = (*Broker)(nil)
	_ platform.Subscriber  = (*Broker)(nil)
	_ platform.DeadLetters = (*Broker)(nil)
)

// NewBroker makes a broker for these subscriptions. The schema of db must exist. The
// broker reports every failed attempt. It also reports every failure to fetch or settle a
// delivery, and tries again later.
func NewBroker(db *DB, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) *Broker {
	b := &Broker{
		db: db, policy: policy, report: report, consumer: rand.Text(), leaseFor: 30 * time.Second,
		wakeups: map[string]sqlstore.Signal{}, subscriptionsByType: map[string][]string{},
	}
	for _, s := range subscriptions {
		b.wakeups[s.Name] = sqlstore.NewSignal()
		for _, eventType := range s.Types {
			b.subscriptionsByType[eventType] = append(b.subscriptionsByType[eventType], s.Name)
		}
	}
	return b
}

// Publish adds no delivery if the subscription already has a delivery of the same event.
func (b *Broker) Publish(ctx context.Context, published []platform.Event) error {
	now := sqlstore.TimeOf(time.Now())
	err := b.db.transact(ctx, func(c sqlstore.Conn) error {
		for _, e := range published {
			message, err := b.db.codec.Encode(e)
			if err != nil {
				return err
			}
			for _, subscription := range b.subscriptionsByType[e.Type] {
				_, err := c.Exec(ctx, `
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
		for _, subscription := range b.subscriptionsByType[e.Type] {
			b.wakeups[subscription].Notify()
		}
	}
	return nil
}

// Consume leases deliveries, so that no two consumers handle the same one. Consume first
// reclaims the leases of other processes. It assumes that those processes have crashed,
// because normally only one process at a time consumes from a file.
func (b *Broker) Consume(ctx context.Context, subscription string, handle func(context.Context, platform.Event) error) error {
	wakeup, ok := b.wakeups[subscription]
	if !ok {
		return fmt.Errorf("consume: unknown subscription %q", subscription)
	}
	if err := b.reclaimLeases(ctx, subscription); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("consume %s: %w", subscription, err)
	}
	var handlers sync.WaitGroup
	defer handlers.Wait()
	ended := make(chan struct{}, concurrency)
	running := 0
	for ctx.Err() == nil {
		leased, wait, err := b.lease(ctx, subscription, concurrency-running)
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
		case <-wakeup:
		case <-time.After(wait):
		}
	}
	return nil
}

type leasedDelivery struct {
	Subscription string        `db:"subscription"`
	EventID      ports.EventID `db:"event_id"`
	Message      string        `db:"message"`
	Attempts     int           `db:"attempts"` // the failed ones
}

func (b *Broker) reclaimLeases(ctx context.Context, subscription string) error {
	return b.db.transact(ctx, func(c sqlstore.Conn) error {
		_, err := c.Exec(ctx, `
			UPDATE deliveries SET leased_by = NULL, due_at = ? WHERE subscription = ? AND leased_by <> ?`,
			sqlstore.TimeOf(time.Now()), subscription, b.consumer)
		return err
	})
}

// lease leases due deliveries, at most limit of them, and returns how long to wait before
// the next call.
func (b *Broker) lease(ctx context.Context, subscription string, limit int) ([]leasedDelivery, time.Duration, error) {
	now := time.Now()
	var next sqlstore.Time
	if err := b.db.Reader().GetOne(ctx, &next, `SELECT min(due_at) FROM deliveries WHERE subscription = ?`, subscription); err != nil {
		return nil, pollInterval, err
	}
	if limit == 0 || next.IsZero() {
		return nil, pollInterval, nil
	}
	if next.After(now) {
		return nil, min(next.Sub(now), pollInterval), nil
	}
	var leased []leasedDelivery
	err := b.db.transact(ctx, func(c sqlstore.Conn) error {
		return c.SelectAll(ctx, &leased, `
			UPDATE deliveries SET leased_by = ?, due_at = ?
			WHERE rowid IN (SELECT rowid FROM deliveries WHERE subscription = ? AND due_at <= ? ORDER BY due_at, rowid LIMIT ?)
			RETURNING subscription, event_id, message, attempts`,
			b.consumer, sqlstore.TimeOf(now.Add(b.leaseFor)), subscription, sqlstore.TimeOf(now), limit)
	})
	if err != nil {
		return nil, pollInterval, err
	}
	return leased, pollInterval, nil
}

func (b *Broker) deliver(ctx context.Context, d leasedDelivery, handle func(context.Context, platform.Event) error) {
	stop := b.renewLease(ctx, d)
	failed := delivery.Attempt(ctx, b.db.codec, []byte(d.Message), handle)
	stop()

	var err error
	if failed == nil {
		err = b.db.transact(ctx, func(c sqlstore.Conn) error { return deleteDelivery(ctx, c, d) })
	} else {
		b.report(ctx, fmt.Errorf("subscription %s, event %s, attempt %d: %w", d.Subscription, d.EventID, d.Attempts+1, failed))
		err = b.scheduleRetry(ctx, d, failed)
	}
	if err != nil {
		b.report(ctx, fmt.Errorf("subscription %s, settle event %s: %w", d.Subscription, d.EventID, err))
	}
}

// renewLease keeps renewing a lease until stop is called.
func (b *Broker) renewLease(ctx context.Context, d leasedDelivery) (stop func()) {
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
			err := b.db.transact(ctx, func(c sqlstore.Conn) error {
				_, err := c.Exec(ctx, `UPDATE deliveries SET due_at = ? WHERE subscription = ? AND event_id = ? AND leased_by = ?`,
					sqlstore.TimeOf(time.Now().Add(b.leaseFor)), d.Subscription, d.EventID, b.consumer)
				return err
			})
			if err != nil && ctx.Err() == nil {
				b.report(ctx, fmt.Errorf("subscription %s, renew lease of event %s: %w", d.Subscription, d.EventID, err))
			}
		}
	}()
	return stop
}

func deleteDelivery(ctx context.Context, c sqlstore.Conn, d leasedDelivery) error {
	_, err := c.Exec(ctx, `DELETE FROM deliveries WHERE subscription = ? AND event_id = ?`, d.Subscription, d.EventID)
	return err
}

// scheduleRetry delays a delivery until the next attempt. After the last attempt or a
// permanent failure, it makes the delivery a dead letter.
func (b *Broker) scheduleRetry(ctx context.Context, d leasedDelivery, reason error) error {
	now, attempts := time.Now(), d.Attempts+1
	return b.db.transact(ctx, func(c sqlstore.Conn) error {
		if errors.Is(reason, platform.ErrPermanent) || b.policy.Exhausted(attempts) {
			return addDeadLetter(ctx, c, d, reason, now)
		}
		_, err := c.Exec(ctx, `UPDATE deliveries SET attempts = ?, due_at = ?, leased_by = NULL WHERE subscription = ? AND event_id = ?`,
			attempts, sqlstore.TimeOf(now.Add(b.policy.Delay(attempts))), d.Subscription, d.EventID)
		return err
	})
}
