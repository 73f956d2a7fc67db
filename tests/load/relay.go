package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/errgroup"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/redis/seatmaps"
	"example.com/portico/adapters/worker"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/platform"
)

// relay holds the relay of the production profile and a bare client of the broker.
type relay struct {
	worker.Relay
	conn    *amqp.Connection
	channel *amqp.Channel

	stored       []amqp.Publishing // the events in the outbox before a round, as messages
	missing      map[string]bool   // ids of events that were stored and have not arrived
	arrivedHolds map[string]bool   // ids
}

const (
	exchange = "load.events"
	queue    = "load.all"
	// inFlight is the maximum number of unconfirmed messages of the bare client. With a
	// higher limit, the client was not faster.
	inFlight = 1000
)

func openRelay(t *testingT, database, brokerURL, redisURL string) relay {
	db, err := postgres.Open(database, boxofficeevents.Codec())
	t.must(err)
	t.Cleanup(func() { db.Close() })
	cache, err := redis.Open(redisURL, redis.OperationTimeout)
	t.must(err)
	t.Cleanup(func() { cache.Close() })
	report := func(_ context.Context, err error) { progress("%v", err) }
	all := platform.Subscription{Name: "all", Types: []string{
		show.Created{}.EventType(), show.Opened{}.EventType(), booking.SeatsHeld{}.EventType(),
	}}
	policy := platform.RetryPolicy{Attempts: 3, FirstDelay: time.Second, MaxDelay: time.Second}
	broker, err := rabbitmq.New(brokerURL, "load", boxofficeevents.Codec(), []platform.Subscription{all}, policy, report)
	t.must(err)
	t.Cleanup(func() { broker.Close() })
	t.must(broker.Declare(t.ctx))
	conn, err := amqp.Dial(brokerURL)
	t.must(err)
	t.Cleanup(func() { conn.Close() })
	channel, err := conn.Channel()
	t.must(err)
	t.must(channel.Confirm(false))
	return relay{
		Relay: worker.Relay{
			Outbox:    db.Outbox(),
			Publisher: seatmaps.New(cache, pgstores.SeatMaps(db), report).InvalidateOnPublish(broker),
		},
		conn: conn, channel: channel,
		missing: map[string]bool{}, arrivedHolds: map[string]bool{},
	}
}

func (r *relay) version() string { return fmt.Sprint(r.conn.Properties["version"]) }

// readOutbox records the events that the next measurement relays.
func (b *benchmark) readOutbox() error {
	b.relay.stored = nil
	rows, err := b.db.QueryContext(b.t.ctx, "SELECT message->>'id', message->>'type', message FROM outbox ORDER BY position")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		m := amqp.Publishing{
			ContentType: "application/json", DeliveryMode: amqp.Persistent, Timestamp: time.Now(),
			Headers: amqp.Table{"correlation-id": strings.Repeat("c", 36)},
		}
		if err := rows.Scan(&m.MessageId, &m.Type, &m.Body); err != nil {
			return err
		}
		b.relay.stored = append(b.relay.stored, m)
		b.relay.missing[m.MessageId] = true
	}
	return rows.Err()
}

// relayEvents relays events until the outbox is empty, with the concurrency of a worker.
// Then it records the events that arrived.
func (b *benchmark) relayEvents() (measurement, error) {
	done := measurement{}
	began := time.Now()
	relaying, ctx := errgroup.WithContext(b.t.ctx)
	var relayed atomic.Int64
	for range worker.RelayConcurrency {
		relaying.Go(func() error {
			for {
				n, err := b.relay.Batch(ctx)
				if n == 0 || err != nil {
					return err
				}
				relayed.Add(int64(n))
			}
		})
	}
	if err := relaying.Wait(); err != nil {
		return done, err
	}
	done.count = int(relayed.Load())
	done.took = time.Since(began)
	err := b.relay.drain(b.t.ctx, done.count, func(d amqp.Delivery) {
		delete(b.relay.missing, d.MessageId)
		if d.Type == (booking.SeatsHeld{}).EventType() {
			b.relay.arrivedHolds[d.MessageId] = true
		}
	})
	return done, err
}

// publishBare publishes the recorded events to the relay's queue, and waits until all are
// confirmed.
func (b *benchmark) publishBare() (measurement, error) {
	r := &b.relay
	waiting := make(chan *amqp.DeferredConfirmation, inFlight)
	refused := make(chan error, 1)
	began := time.Now()
	go func() {
		defer close(refused)
		for c := range waiting {
			if !c.Wait() {
				refused <- errors.New("the broker did not confirm a message")
				for range waiting { // so that the publisher does not block
				}
			}
		}
	}()
	for _, m := range r.stored {
		c, err := r.channel.PublishWithDeferredConfirmWithContext(b.t.ctx, exchange, m.Type, true, false, m)
		if err != nil {
			return measurement{}, err
		}
		waiting <- c
	}
	close(waiting)
	if err := <-refused; err != nil {
		return measurement{}, err
	}
	done := measurement{len(r.stored), time.Since(began)}
	return done, r.drain(b.t.ctx, done.count, func(amqp.Delivery) {})
}

// drain removes count messages from the queue, so that the queue does not grow, and
// passes them to the function see.
func (r *relay) drain(ctx context.Context, count int, see func(amqp.Delivery)) error {
	if count == 0 {
		return nil
	}
	channel, err := r.conn.Channel()
	if err != nil {
		return err
	}
	defer channel.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	deliveries, err := channel.Consume(queue, "", true, false, false, false, nil)
	if err != nil {
		return err
	}
	for n := range count {
		select {
		case d, ok := <-deliveries:
			if !ok {
				return errors.New("drain: the channel was lost")
			}
			see(d)
		case <-ctx.Done():
			return fmt.Errorf("drain: %d of %d messages arrived", n, count)
		}
	}
	return nil
}
