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
	// They are separate, so that a broker that blocks publishers still accepts
	// acknowledgements.
	publishing, consuming *reconnectingConn
	publishSlots          chan struct{} // holds a token for each call of send
	idle                  chan *publisher
}

var (
	_ platform.Publisher   = (*Broker)(nil)
	_ platform.Subscriber  = (*Broker)(nil)
	_ platform.DeadLetters = (*Broker)(nil)
)

// New returns the broker at a URL (https://www.rabbitmq.com/docs/uri-spec). It
// connects on first use. Name is the prefix of everything that it declares, and
// must be the same in all processes of the service. Every failed attempt and every
// connection that Consume lost is reported.
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

// Declare declares everything that the subscriptions need. Call it before all
// other methods. Errors: ErrUnavailable.
func (b *Broker) Declare(ctx context.Context) error {
	if err := b.withChannel(ctx, b.topology.declare); err != nil {
		return fmt.Errorf("declare queues: %w", mapError(ctx, err))
	}
	return nil
}

// Ping checks that the broker responds. Errors: It returns ErrUnavailable also
// while the broker accepts no messages because it is short of memory or disk.
func (b *Broker) Ping(ctx context.Context) error {
	if err := b.withChannel(ctx, (*amqp.Channel).Close); err != nil {
		return fmt.Errorf("ping broker: %w", mapError(ctx, err))
	}
	return nil
}

// await makes a call and abandons it when ctx ends. The client itself waits for an
// answer as long as the broker sends heartbeats.
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

// mapError translates a client error into an error of package ports. It does not
// change refusals that a retry cannot change. A wrong password becomes
// ErrUnavailable, because it looks the same as a broker that is shutting down.
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
