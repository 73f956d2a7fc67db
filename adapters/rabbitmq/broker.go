// Package rabbitmq implements a broker on RabbitMQ 3.10 or later. It needs no
// plugins.
package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// operationTimeout limits each wait for RabbitMQ: to accept a connection, to read
// what was sent, to confirm what was published.
const operationTimeout = 10 * time.Second

// Broker publishes events, delivers them to subscriptions and keeps dead letters.
type Broker struct {
	topology topology
	codec    platform.EventCodec
	policy   platform.RetryPolicy
	report   func(context.Context, error)
	address  address
	// While the broker blocks the publishing connection, it still reads
	// acknowledgements from the other.
	publishing, consuming *reconnectingConn
	publishSlots          chan struct{} // one token for each send in progress
	idle                  chan *publisher
}

var (
	_ platform.Publisher   = (*Broker)(nil)
	_ platform.Subscriber  = (*Broker)(nil)
	_ platform.DeadLetters = (*Broker)(nil)
)

// New returns the broker at a URL (https://www.rabbitmq.com/docs/uri-spec). It
// connects on first use. Everything that it declares has the prefix name, which
// must be the same in all processes of the service. The broker reports failed
// attempts, lost connections of Consume, and retries that it cannot schedule.
func New(url, name string, codec platform.EventCodec, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) (*Broker, error) {
	if _, err := amqp.ParseURI(url); err != nil {
		return nil, errAddress
	}
	at := address(url)
	return &Broker{
		topology: newTopology(name, subscriptions, policy), codec: codec, policy: policy, report: report, address: at,
		publishing:   &reconnectingConn{address: at, purpose: name + " publishing"},
		consuming:    &reconnectingConn{address: at, purpose: name + " consuming"},
		publishSlots: make(chan struct{}, maxPublishers), idle: make(chan *publisher, maxPublishers),
	}, nil
}

// Declare declares everything that the subscriptions need. Call it before any other
// method. Errors: ErrUnavailable.
func (b *Broker) Declare(ctx context.Context) error {
	if err := b.withChannel(ctx, b.topology.declare); err != nil {
		return fmt.Errorf("declare queues: %w", mapError(ctx, err))
	}
	return nil
}

// Ping checks that the broker responds. Errors: ErrUnavailable, also if the broker
// accepts no messages because it is short of memory or disk.
func (b *Broker) Ping(ctx context.Context) error {
	if err := b.withChannel(ctx, (*amqp.Channel).Close); err != nil {
		return fmt.Errorf("ping broker: %w", mapError(ctx, err))
	}
	return nil
}

// await waits for a call until ctx ends. The client itself keeps waiting for an
// answer while the broker sends heartbeats.
func await(ctx context.Context, calls func() error) error {
	done := make(chan error, 1)
	go func() { done <- calls() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *Broker) withChannel(ctx context.Context, use func(*amqp.Channel) error) error {
	return await(ctx, func() error {
		conn, err := b.publishing.get(ctx)
		if err != nil {
			return err
		}
		if conn.blocked.Load() {
			return errBlocked
		}
		ch, err := conn.Channel()
		if err != nil {
			return err
		}
		defer ch.Close()
		return use(ch)
	})
}

// Close closes the connections. Call it when nothing is in progress.
func (b *Broker) Close() error {
	return errors.Join(b.publishing.close(), b.consuming.close())
}

// mapError translates a client error into an error of package ports. It leaves
// permanent refusals unchanged. A wrong password becomes ErrUnavailable, because
// the client cannot distinguish it from a broker that is shutting down.
func mapError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refusal, ok := errors.AsType[*amqp.Error](err); ok && refusal.Server {
		switch refusal.Code {
		case amqp.AccessRefused, amqp.NotAllowed, amqp.PreconditionFailed:
			return err
		}
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}
