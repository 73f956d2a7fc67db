// Package rabbitmq brings events to their subscriptions by way of RabbitMQ,
// version 3.10 or later, without plugins.
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

// patience is how long the broker may take for one step: to take a connection,
// to read what is written, to confirm what was published.
const patience = 10 * time.Second

// Broker is an platform.Publisher, an platform.Subscriber and an
// platform.DeadLetters.
type Broker struct {
	topology topology
	policy   platform.RetryPolicy
	report   func(context.Context, error)
	address  address
	// The two are apart, so that a broker that makes publishers wait goes on
	// to take acknowledgements.
	publishing, consuming *line
	sending               chan struct{} // holds a token for each who sends
	idle                  chan *publisher
}

// New prepares to use a broker, at a URL as
// https://www.rabbitmq.com/docs/uri-spec has it, and connects when it is used.
// All that it declares there is named after name: the same on other days and in
// other processes of the service. Report is told of every attempt that failed
// and of every connection that Consume lost.
func New(url, name string, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) (*Broker, error) {
	at, err := parseAddress(url)
	if err != nil {
		return nil, err
	}
	return &Broker{
		topology: newTopology(name, subscriptions, policy), policy: policy, report: report, address: at,
		publishing: newLine(at, name+" publishing"), consuming: newLine(at, name+" consuming"),
		sending: make(chan struct{}, sendersAtOnce), idle: make(chan *publisher, sendersAtOnce),
	}, nil
}

// Declare makes at the broker what the subscriptions need, where it is not
// there. It comes before all else. Errors: ErrUnavailable.
func (b *Broker) Declare(ctx context.Context) error {
	if err := await(ctx, func() error { return b.declare(ctx) }); err != nil {
		return fmt.Errorf("declare queues: %w", failure(ctx, err))
	}
	return nil
}

func (b *Broker) declare(ctx context.Context) error {
	conn, err := b.publishing.get(ctx)
	if err != nil {
		return err
	}
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	defer ch.Close()
	return b.topology.declare(ch)
}

// Ping asks the broker for a sign of life. Errors: ErrUnavailable, also while
// the broker takes no messages because it is short of memory or disk.
func (b *Broker) Ping(ctx context.Context) error {
	if err := await(ctx, func() error { return b.askForChannel(ctx) }); err != nil {
		return fmt.Errorf("ping broker: %w", failure(ctx, err))
	}
	return nil
}

// await leaves calls behind that are under way when ctx ends: the client waits
// for a broker that is silent for as long as it gives signs of life.
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

func (b *Broker) askForChannel(ctx context.Context) error {
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
	return ch.Close()
}

// Close ends the connections. It is for when nothing is under way any more.
func (b *Broker) Close() error {
	return errors.Join(b.publishing.close(), b.consuming.close())
}

// failure says in the words of the ports why a call to the broker failed. What
// the broker refuses for good stays as it is: trying again does not help. A
// wrong password is not among that: the client cannot tell it from a broker
// that goes away at that moment.
func failure(ctx context.Context, err error) error {
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
