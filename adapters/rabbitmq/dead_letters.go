package rabbitmq

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/internal/events"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// A queue cannot be read without taking: whoever looks at dead letters takes
// all of a subscription in hand, and puts back what stays. So those who look,
// in whatever process, take turns. Each look takes the longer the more letters
// there are, and to replay many one by one is to look as many times.

// maxInHand is how many letters of a subscription can be taken in hand; further
// ones are seen once these are gone. It is the greatest prefetch of AMQP.
const maxInHand = 1<<16 - 1

// List is as platform.DeadLetters says, of the subscriptions that the broker
// was opened with. Errors: ErrUnavailable.
func (b *Broker) List(ctx context.Context, after string, limit int) ([]platform.DeadLetter, error) {
	var letters []platform.DeadLetter
	err := b.withDeadLetters(ctx, func(ch *amqp.Channel) error {
		for _, s := range b.topology.subscriptions {
			err := b.inspect(ctx, ch, s.Name, func(inHand []amqp.Delivery) ([]amqp.Delivery, error) {
				for _, d := range inHand {
					if letterID(s.Name, d) > after {
						letters = append(letters, letterOf(s.Name, d))
					}
				}
				return nil, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	slices.SortFunc(letters, func(a, b platform.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	letters = slices.CompactFunc(letters, func(a, b platform.DeadLetter) bool { return a.ID == b.ID })
	return letters[:min(limit, len(letters))], nil
}

// Get is as platform.DeadLetters says. Errors: also ErrUnavailable.
func (b *Broker) Get(ctx context.Context, id string) (platform.DeadLetter, error) {
	var letter platform.DeadLetter
	err := b.find(ctx, id, func(subscription string, copies []amqp.Delivery) ([]amqp.Delivery, error) {
		letter = letterOf(subscription, copies[0])
		return nil, nil
	})
	if err != nil {
		return platform.DeadLetter{}, fmt.Errorf("dead letter %q: %w", id, err)
	}
	return letter, nil
}

// Replay is as platform.DeadLetters says. Errors: also ErrUnavailable.
func (b *Broker) Replay(ctx context.Context, id string) error {
	err := b.find(ctx, id, func(subscription string, copies []amqp.Delivery) ([]amqp.Delivery, error) {
		return copies, b.send(ctx, parcelFor(b.topology.queue(subscription), copies[0], amqp.Table{}))
	})
	if err != nil {
		return fmt.Errorf("replay dead letter %q: %w", id, err)
	}
	return nil
}

// Discard is as platform.DeadLetters says. Errors: also ErrUnavailable.
func (b *Broker) Discard(ctx context.Context, id string) error {
	err := b.find(ctx, id, func(_ string, copies []amqp.Delivery) ([]amqp.Delivery, error) { return copies, nil })
	if err != nil {
		return fmt.Errorf("discard dead letter %q: %w", id, err)
	}
	return nil
}

// find has act say which are to go of a letter and its copies: a crash at the
// moment at which it was given up leaves more than one.
func (b *Broker) find(ctx context.Context, id string, act func(subscription string, copies []amqp.Delivery) (gone []amqp.Delivery, err error)) error {
	i := slices.IndexFunc(b.topology.subscriptions, func(s platform.Subscription) bool { return strings.HasSuffix(id, "."+s.Name) })
	if i < 0 {
		return ports.ErrNotFound
	}
	subscription := b.topology.subscriptions[i].Name
	return b.withDeadLetters(ctx, func(ch *amqp.Channel) error {
		return b.inspect(ctx, ch, subscription, func(inHand []amqp.Delivery) ([]amqp.Delivery, error) {
			copies := slices.DeleteFunc(inHand, func(d amqp.Delivery) bool { return letterID(subscription, d) != id })
			if len(copies) == 0 {
				return nil, ports.ErrNotFound
			}
			return act(subscription, copies)
		})
	})
}

// withDeadLetters runs work while nobody else looks at dead letters. It has a
// connection of its own: whatever happens, letters in hand go back and the turn
// ends with it.
func (b *Broker) withDeadLetters(ctx context.Context, work func(*amqp.Channel) error) error {
	conn, err := b.address.dial(ctx, b.topology.name+" dead letters")
	if err != nil {
		return failure(ctx, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.CloseDeadline(time.Now()) })()
	ch, err := b.takeTurn(ctx, conn)
	if err != nil {
		return failure(ctx, err)
	}
	err = work(ch)
	if err == nil || errors.Is(err, ports.ErrNotFound) {
		return err
	}
	return failure(ctx, err)
}

// takeTurn waits for the others. Whose turn it is has an exclusive queue, which
// the broker gives to one connection and deletes with it.
func (b *Broker) takeTurn(ctx context.Context, conn *connection) (*amqp.Channel, error) {
	return backoff.RetryWithData(func() (*amqp.Channel, error) {
		ch, err := conn.Channel()
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		_, err = ch.QueueDeclare(b.topology.deadLock(), false, false, true, false, nil)
		if err == nil {
			return ch, nil
		}
		if refusal, ok := errors.AsType[*amqp.Error](err); ok && refusal.Code == amqp.ResourceLocked {
			return nil, err // and the channel is closed
		}
		return nil, backoff.Permanent(err)
	}, newLooks(ctx))
}

// newLooks are the pauses between looks at something that comes about soon.
func newLooks(ctx context.Context) backoff.BackOff {
	return backoff.WithContext(backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(2*time.Millisecond), backoff.WithMaxInterval(100*time.Millisecond), backoff.WithMaxElapsedTime(patience)), ctx)
}

// inspect takes the letters of a subscription in hand, has look say which are to
// go, and puts the others back. It returns once they are there again for the
// next who looks.
func (b *Broker) inspect(ctx context.Context, ch *amqp.Channel, subscription string, look func(inHand []amqp.Delivery) (gone []amqp.Delivery, err error)) error {
	queue := b.topology.dead(subscription)
	inHand, err := takeInHand(ctx, ch, queue)
	if err != nil {
		return err
	}
	n := len(inHand)
	gone, err := look(inHand)
	if err != nil {
		gone = nil
	}
	for _, d := range gone {
		if err := d.Ack(false); err != nil {
			return err
		}
	}
	return errors.Join(err, putBack(ctx, ch, queue, n-len(gone)))
}

func takeInHand(ctx context.Context, ch *amqp.Channel, queue string) ([]amqp.Delivery, error) {
	ready, err := readyIn(ch, queue)
	if err != nil || ready == 0 {
		return nil, err
	}
	n := min(ready, maxInHand)
	if err := ch.Qos(n, 0, false); err != nil {
		return nil, err
	}
	const tag = "letters"
	deliveries, err := ch.Consume(queue, tag, false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	inHand := make([]amqp.Delivery, 0, n)
	for len(inHand) < n {
		select {
		case d, ok := <-deliveries:
			if !ok {
				return nil, errClosed
			}
			inHand = append(inHand, d)
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d dead letters came: %w", len(inHand), n, ctx.Err())
		}
	}
	return inHand, ch.Cancel(tag, false)
}

// putBack returns when the n letters that are still in hand are in the queue:
// the broker puts them there some time after it was told to.
func putBack(ctx context.Context, ch *amqp.Channel, queue string, n int) error {
	before, err := readyIn(ch, queue) // and the broker has heard what was acknowledged
	if err != nil || n == 0 {
		return err
	}
	const all = 0
	if err := ch.Nack(all, true, true); err != nil {
		return err
	}
	return backoff.Retry(func() error {
		ready, err := readyIn(ch, queue)
		if err != nil {
			return backoff.Permanent(err)
		}
		if ready < before+n {
			return fmt.Errorf("%d of %d dead letters are back", ready-before, n)
		}
		return nil
	}, newLooks(ctx))
}

func readyIn(ch *amqp.Channel, queue string) (int, error) {
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	return q.Messages, err
}

// letterID sorts by when the event was made, as far as ids of events do. What
// others sent without an id goes by its content.
func letterID(subscription string, d amqp.Delivery) string {
	id := d.MessageId
	if id == "" {
		sum := sha256.Sum256(d.Body)
		id = hex.EncodeToString(sum[:16])
	}
	return id + "." + subscription
}

// letterOf has nothing but the id of an event that cannot be read; the reason
// says why.
func letterOf(subscription string, d amqp.Delivery) platform.DeadLetter {
	e, err := events.Decode(d.Body)
	if err != nil {
		e = platform.Event{ID: ports.EventID(d.MessageId)}
	}
	letter := platform.DeadLetter{ID: letterID(subscription, d), Subscription: subscription, Event: e, Attempts: attemptsOf(d)}
	if reason, ok := d.Headers[reasonHeader].(string); ok {
		letter.Reason = reason
		givenUp, _ := d.Headers[givenUpHeader].(string)
		letter.At, _ = time.Parse(time.RFC3339Nano, givenUp)
		return letter
	}
	letter.Attempts += redeliveries + 1
	letter.Reason = "the process or its connection ended each time before the event was handled"
	letter.At = movedAt(d)
	return letter
}

// movedAt is when the broker itself made a dead letter of a message. It counts
// in seconds.
func movedAt(d amqp.Delivery) time.Time {
	moves, _ := d.Headers["x-death"].([]any)
	if len(moves) == 0 {
		return time.Time{}
	}
	latest, _ := moves[0].(amqp.Table)
	at, _ := latest["time"].(time.Time)
	return at.UTC()
}
