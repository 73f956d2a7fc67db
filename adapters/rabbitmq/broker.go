// Package rabbitmq implements a broker on RabbitMQ 3.10 or later. It needs no plugins.
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

// operationTimeout limits each wait for RabbitMQ, such as a wait for a connection or a
// confirmation.
const operationTimeout = 10 * time.Second

// Broker publishes events, delivers them to subscriptions and keeps dead letters.
type Broker struct {
	topology topology
	codec    platform.EventCodec
	policy   platform.RetryPolicy
	report   func(context.Context, error)
	address  address
	// If RabbitMQ blocks the publishing connection, it still reads acknowledgements from
	// the consuming connection.
	publishing, consuming *reconnectingConn
	publishSlots          chan struct{} // one token for each send in progress
	idle                  chan *publisher
}

var (
	_ platform.Publisher   = (*Broker)(nil)
	_ platform.Subscriber  = (*Broker)(nil)
	_ platform.DeadLetters = (*Broker)(nil)
)

// New returns the broker at a URL (https://www.rabbitmq.com/docs/uri-spec). The broker
// connects on first use. The names of the exchange and of all queues begin with the given
// name. All processes of the service must use the same name. The function report receives
// failed attempts to handle an event or to schedule its retry, and connection errors of
// Consume.
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

// Declare creates the exchange and the queues of the subscriptions, if they do not exist.
// Call it before any other method. Errors: ErrUnavailable.
func (b *Broker) Declare(ctx context.Context) error {
	if err := b.withChannel(ctx, b.topology.declare); err != nil {
		return fmt.Errorf("declare queues: %w", mapError(ctx, err))
	}
	return nil
}

// Ping checks that the broker responds. Errors: ErrUnavailable. Ping fails while the
// broker blocks the publishing connection for lack of memory or disk space.
func (b *Broker) Ping(ctx context.Context) error {
	if err := b.withChannel(ctx, (*amqp.Channel).Close); err != nil {
		return fmt.Errorf("ping broker: %w", mapError(ctx, err))
	}
	return nil
}

// await runs a function and waits until it returns or ctx ends. Without await, the client
// would wait for an answer as long as the broker sends heartbeats.
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

// mapError translates a client error into an error of package ports. It leaves permanent
// refusals unchanged. A wrong password becomes ErrUnavailable, because the client returns
// the same error when the broker is shutting down.
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
