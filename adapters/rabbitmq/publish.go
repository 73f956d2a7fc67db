package rabbitmq

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports/platform"
)

const (
	// sendersAtOnce bounds the publishers that there are.
	sendersAtOnce = 8
	// maxInFlight is how many messages may wait for their confirmation on one
	// channel.
	maxInFlight = 1000
)

// publisher is a channel that tells what became of each message. One goroutine
// has it at a time.
type publisher struct {
	channel *amqp.Channel
	wire    *wire
	lost    chan *amqp.Error
	// returned has room for all that is in flight, since the client reads on
	// only once it has put a message there.
	returned chan amqp.Return
}

// Publish is as platform.Publisher says. An event of a type that no
// subscription of this broker wants goes to whatever else is bound to the
// exchange, if anything. It fails when a binding is lost, and makes that anew
// the next time; a queue, its consumer does. Errors: ErrUnavailable.
func (b *Broker) Publish(ctx context.Context, published []platform.Event) error {
	parcels := make([]parcel, len(published))
	for i, e := range published {
		message, err := messageOf(e)
		if err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		parcels[i] = parcel{exchange: b.topology.exchange(), key: e.Type, mandatory: b.topology.wants(e.Type), message: message}
	}
	for len(parcels) > 0 {
		n := min(len(parcels), maxInFlight)
		if err := b.send(ctx, parcels[:n]...); err != nil {
			return fmt.Errorf("publish: %w", failure(ctx, err))
		}
		parcels = parcels[n:]
	}
	return nil
}

// send returns nil once the broker has confirmed all parcels, of which there
// are no more than maxInFlight.
func (b *Broker) send(ctx context.Context, parcels ...parcel) error {
	select {
	case b.sending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-b.sending }()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("no answer from the broker"))
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
	if err := p.send(ctx, parcels); err != nil {
		// Confirmations may still be under way on it, and what it relies on at
		// the broker may be gone. A broker that is silent lets Close wait.
		go p.channel.Close()
		return err
	}
	b.keep(p)
	return nil
}

// publisher returns one that is idle, if need be a new one.
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
					b.keep(p) // for who asked, or for the next if that one has given up
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
}

// keep makes a publisher idle. There is room for as many as may send at once.
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
	err = b.topology.declareAroundQueues(ch)
	if err == nil {
		err = ch.Confirm(false)
	}
	if err != nil {
		ch.Close()
		return nil, err
	}
	return &publisher{
		channel:  ch,
		wire:     conn.wire,
		lost:     ch.NotifyClose(make(chan *amqp.Error, 1)),
		returned: ch.NotifyReturn(make(chan amqp.Return, maxInFlight)),
	}, nil
}

func (p *publisher) send(ctx context.Context, parcels []parcel) error {
	confirmations, err := p.publish(ctx, parcels)
	if err != nil {
		return err
	}
	for i, confirmation := range confirmations {
		confirmed, err := confirmation.WaitContext(ctx)
		if err != nil {
			return context.Cause(ctx)
		}
		if !confirmed {
			return p.refusal(parcels[i].message)
		}
	}
	// A message that comes back does so before it is confirmed.
	select {
	case back, ok := <-p.returned:
		if ok {
			return fmt.Errorf("message %s of type %s came back, so a queue or binding is lost: %s", back.MessageId, back.Type, back.ReplyText)
		}
	default:
	}
	return nil
}

func (p *publisher) publish(ctx context.Context, parcels []parcel) (_ []*amqp.DeferredConfirmation, err error) {
	p.wire.gather()
	defer func() { err = errors.Join(err, p.wire.send()) }()
	confirmations := make([]*amqp.DeferredConfirmation, len(parcels))
	for i, one := range parcels {
		confirmations[i], err = p.channel.PublishWithDeferredConfirmWithContext(ctx, one.exchange, one.key, one.mandatory, false, one.message)
		if err != nil {
			return nil, err
		}
	}
	return confirmations, nil
}

// refusal is why a message was not confirmed: the channel was lost, or else the
// broker could not take it.
func (p *publisher) refusal(message amqp.Publishing) error {
	select {
	case reason := <-p.lost:
		if reason != nil {
			return reason
		}
		return errClosed
	default:
		return fmt.Errorf("the broker did not take message %s", message.MessageId)
	}
}
