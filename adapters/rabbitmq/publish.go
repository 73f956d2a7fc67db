package rabbitmq

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports/platform"
)

const (
	// maxPublishers bounds the number of channels that publish.
	maxPublishers = 8
	// maxInFlight is the maximum number of unconfirmed messages on one channel.
	maxInFlight = 1000
)

// publisher is a channel in confirm mode. One goroutine uses it at a time.
type publisher struct {
	channel *amqp.Channel
	conn    *bufferedConn
	lost    chan *amqp.Error
	// returned has room for all messages in flight, because the client stops reading
	// while returned is full.
	returned chan amqp.Return
}

// Publish sends all events, even those that no subscription wants, because other queues
// may be bound to the exchange. It fails if a binding is missing, and redeclares the
// binding on the next call. Consumers redeclare missing main queues. Errors:
// ErrUnavailable.
func (b *Broker) Publish(ctx context.Context, published []platform.Event) error {
	messages := make([]outgoing, len(published))
	for i, e := range published {
		message, err := messageOf(b.codec, e)
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		messages[i] = outgoing{exchange: b.topology.exchange(), key: e.Type, mandatory: b.topology.wants(e.Type), message: message}
	}
	for len(messages) > 0 {
		n := min(len(messages), maxInFlight)
		if err := b.send(ctx, messages[:n]...); err != nil {
			return fmt.Errorf("publish: %w", mapError(ctx, err))
		}
		messages = messages[n:]
	}
	return nil
}

// send returns nil once the broker has confirmed all messages. It accepts at most
// maxInFlight messages.
func (b *Broker) send(ctx context.Context, messages ...outgoing) error {
	select {
	case b.publishSlots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.publishSlots }()
	ctx, cancel := context.WithTimeoutCause(ctx, operationTimeout, errors.New("no answer from the broker"))
	defer cancel()
	conn, err := b.publishing.get(ctx)
	if err != nil {
		return err
	}
	if conn.blocked.Load() {
		return errBlocked
	}
	p, err := b.publisher(ctx, conn)
	if err != nil {
		return err
	}
	if err := p.send(ctx, messages); err != nil {
		// Do not reuse the channel: confirmations may still arrive, and only a new
		// publisher redeclares missing queues. Do not wait for Close, which blocks while
		// the broker is silent.
		go p.channel.Close()
		return err
	}
	b.keep(p)
	return nil
}

// publisher returns an idle publisher, or a new one.
func (b *Broker) publisher(ctx context.Context, conn *connection) (*publisher, error) {
	for {
		select {
		case p := <-b.idle:
			if !p.channel.IsClosed() {
				return p, nil
			}
		default:
			err := await(ctx, func() error {
				p, err := b.newPublisher(conn)
				if err == nil {
					b.keep(p) // for this caller, or for the next caller if this one has given up
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
}

// keep stores a publisher for reuse, or closes it if enough are idle.
func (b *Broker) keep(p *publisher) {
	select {
	case b.idle <- p:
	default:
		p.channel.Close()
	}
}

func (b *Broker) newPublisher(conn *connection) (*publisher, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	err = b.topology.declareExceptMainQueues(ch)
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		ch.Close()
		return nil, err
	}
	return &publisher{
		channel:  ch,
		conn:     conn.buffered,
		lost:     ch.NotifyClose(make(chan *amqp.Error, 1)),
		returned: ch.NotifyReturn(make(chan amqp.Return, maxInFlight)),
	}, nil
}

func (p *publisher) send(ctx context.Context, messages []outgoing) error {
	confirmations, err := p.publish(ctx, messages)
	if err != nil {
		return err
	}
	for i, confirmation := range confirmations {
		confirmed, err := confirmation.WaitContext(ctx)
		if err != nil {
			return context.Cause(ctx)
		}
		if !confirmed {
			return p.refusal(messages[i].message)
		}
	}
	// The broker sends a returned message before its confirmation.
	select {
	case r, ok := <-p.returned:
		if ok {
			return fmt.Errorf("message %s of type %s was returned, so a queue or binding is missing: %s", r.MessageId, r.Type, r.ReplyText)
		}
	default:
	}
	return nil
}

func (p *publisher) publish(ctx context.Context, messages []outgoing) (_ []*amqp.DeferredConfirmation, err error) {
	p.conn.buffer()
	defer func() { err = errors.Join(err, p.conn.flush()) }()
	confirmations := make([]*amqp.DeferredConfirmation, len(messages))
	for i, one := range messages {
		confirmations[i], err = p.channel.PublishWithDeferredConfirmWithContext(ctx, one.exchange, one.key, one.mandatory, false, one.message)
		if err != nil {
			return nil, err
		}
	}
	return confirmations, nil
}

// refusal returns the reason why a message was not confirmed: the channel was lost, or
// the broker rejected the message.
func (p *publisher) refusal(message amqp.Publishing) error {
	select {
	case reason := <-p.lost:
		if reason != nil {
			return reason
		}
		return errClosed
	default:
		return fmt.Errorf("the broker rejected message %s", message.MessageId)
	}
}
