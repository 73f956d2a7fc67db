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

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// A queue can only be read by consuming it. An inspection of dead letters therefore takes
// all letters of a subscription, and requeues those that it does not remove. A lock
// allows one inspection at a time, across all processes. Each replay needs an inspection,
// which takes longer the more letters there are.

// maxUnacked is the maximum number of letters that an inspection takes. AMQP allows no
// higher prefetch count. Further letters become visible when others are removed.
const maxUnacked = 1<<16 - 1

// List returns the letters of all subscriptions of the broker. Errors: ErrUnavailable.
func (b *Broker) List(ctx context.Context, after string, limit int) ([]platform.DeadLetter, error) {
	var letters []platform.DeadLetter
	err := b.withDeadLetters(ctx, func(ch *amqp.Channel) error {
		for _, s := range b.topology.subscriptions {
			err := b.inspect(ctx, ch, s.Name, func(unacked []amqp.Delivery) ([]amqp.Delivery, error) {
				for _, d := range unacked {
					if letterID(s.Name, d) > after {
						letters = append(letters, b.deadLetter(s.Name, d))
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

// Get fails with ErrNotFound or ErrUnavailable.
func (b *Broker) Get(ctx context.Context, id string) (platform.DeadLetter, error) {
	var letter platform.DeadLetter
	err := b.find(ctx, id, func(subscription string, copies []amqp.Delivery) ([]amqp.Delivery, error) {
		letter = b.deadLetter(subscription, copies[0])
		return nil, nil
	})
	if err != nil {
		return platform.DeadLetter{}, fmt.Errorf("dead letter %q: %w", id, err)
	}
	return letter, nil
}

// Replay fails with ErrNotFound or ErrUnavailable.
func (b *Broker) Replay(ctx context.Context, id string) error {
	err := b.find(ctx, id, func(subscription string, copies []amqp.Delivery) ([]amqp.Delivery, error) {
		return copies, b.send(ctx, forward(b.topology.queue(subscription), copies[0], amqp.Table{}))
	})
	if err != nil {
		return fmt.Errorf("replay dead letter %q: %w", id, err)
	}
	return nil
}

// Discard fails with ErrNotFound or ErrUnavailable.
func (b *Broker) Discard(ctx context.Context, id string) error {
	err := b.find(ctx, id, func(_ string, copies []amqp.Delivery) ([]amqp.Delivery, error) { return copies, nil })
	if err != nil {
		return fmt.Errorf("discard dead letter %q: %w", id, err)
	}
	return nil
}

// find calls the function act with all copies of a letter, and removes the copies that
// act returns. Several copies can exist if a process crashed while it stored the letter.
func (b *Broker) find(ctx context.Context, id string, act func(subscription string, copies []amqp.Delivery) (remove []amqp.Delivery, err error)) error {
	i := slices.IndexFunc(b.topology.subscriptions, func(s platform.Subscription) bool { return strings.HasSuffix(id, "."+s.Name) })
	if i < 0 {
		return ports.ErrNotFound
	}
	subscription := b.topology.subscriptions[i].Name
	return b.withDeadLetters(ctx, func(ch *amqp.Channel) error {
		return b.inspect(ctx, ch, subscription, func(unacked []amqp.Delivery) ([]amqp.Delivery, error) {
			copies := slices.DeleteFunc(unacked, func(d amqp.Delivery) bool { return letterID(subscription, d) != id })
			if len(copies) == 0 {
				return nil, ports.ErrNotFound
			}
			return act(subscription, copies)
		})
	})
}

// withDeadLetters runs the function work under the inspection lock, on a separate
// connection. When that connection closes, for any reason, the broker requeues all
// letters and releases the lock.
func (b *Broker) withDeadLetters(ctx context.Context, work func(*amqp.Channel) error) error {
	conn, err := b.address.dial(ctx, b.topology.name+" dead letters")
	if err != nil {
		return mapError(ctx, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.CloseDeadline(time.Now()) })()
	ch, err := b.acquireInspectionLock(ctx, conn)
	if err != nil {
		return mapError(ctx, err)
	}
	err = work(ch)
	if err == nil || errors.Is(err, ports.ErrNotFound) {
		return err
	}
	return mapError(ctx, err)
}

// acquireInspectionLock waits until no other inspection holds the lock. The lock is an
// exclusive queue, which belongs to one connection and is deleted with it.
func (b *Broker) acquireInspectionLock(ctx context.Context, conn *connection) (*amqp.Channel, error) {
	return backoff.RetryWithData(func() (*amqp.Channel, error) {
		ch, err := conn.Channel()
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		_, err = ch.QueueDeclare(b.topology.inspectionLock(), false, false, true, false, nil)
		if err == nil {
			return ch, nil
		}
		if refusal, ok := errors.AsType[*amqp.Error](err); ok && refusal.Code == amqp.ResourceLocked {
			return nil, err // the refusal has closed the channel
		}
		return nil, backoff.Permanent(err)
	}, newPolls(ctx))
}

// newPolls returns the short delays between polls. Polling ends after operationTimeout.
func newPolls(ctx context.Context) backoff.BackOff {
	return backoff.WithContext(backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(2*time.Millisecond), backoff.WithMaxInterval(100*time.Millisecond), backoff.WithMaxElapsedTime(operationTimeout)), ctx)
}

// inspect takes the letters of a subscription and calls the function choose with them. It
// removes the letters that choose returns, and waits until the other letters are
// requeued.
func (b *Broker) inspect(ctx context.Context, ch *amqp.Channel, subscription string, choose func(unacked []amqp.Delivery) (remove []amqp.Delivery, err error)) error {
	queue := b.topology.deadLetterQueue(subscription)
	unacked, err := takeAll(ctx, ch, queue)
	if err != nil {
		return err
	}
	n := len(unacked)
	remove, err := choose(unacked)
	if err != nil {
		remove = nil
	}
	for _, d := range remove {
		if err := d.Ack(false); err != nil {
			return err
		}
	}
	return errors.Join(err, requeue(ctx, ch, queue, n-len(remove)))
}

func takeAll(ctx context.Context, ch *amqp.Channel, queue string) ([]amqp.Delivery, error) {
	ready, err := readyIn(ch, queue)
	if err != nil || ready == 0 {
		return nil, err
	}
	n := min(ready, maxUnacked)
	if err := ch.Qos(n, 0, false); err != nil {
		return nil, err
	}
	const tag = "letters"
	deliveries, err := ch.Consume(queue, tag, false, false, false, false, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	unacked := make([]amqp.Delivery, 0, n)
	for len(unacked) < n {
		select {
		case d, ok := <-deliveries:
			if !ok {
				return nil, errClosed
			}
			unacked = append(unacked, d)
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d dead letters arrived: %w", len(unacked), n, ctx.Err())
		}
	}
	return unacked, ch.Cancel(tag, false)
}

// requeue puts the n unacknowledged letters back into the queue, and waits until the
// broker counts them as ready.
func requeue(ctx context.Context, ch *amqp.Channel, queue string, n int) error {
	before, err := readyIn(ch, queue) // the broker answers after it has processed the acknowledgements
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
			return fmt.Errorf("%d of %d dead letters were requeued", ready-before, n)
		}
		return nil
	}, newPolls(ctx))
}

func readyIn(ch *amqp.Channel, queue string) (int, error) {
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	return q.Messages, err
}

// letterID returns an id that begins with the event id. Event ids are time-ordered, so
// letters sort by the age of their events. If another program sent the message without an
// id, a hash of the content replaces the event id.
func letterID(subscription string, d amqp.Delivery) string {
	id := d.MessageId
	if id == "" {
		sum := sha256.Sum256(d.Body)
		id = hex.EncodeToString(sum[:16])
	}
	return id + "." + subscription
}

func (b *Broker) deadLetter(subscription string, d amqp.Delivery) platform.DeadLetter {
	letter := platform.DeadLetter{
		ID: letterID(subscription, d), Subscription: subscription, Attempts: attemptsOf(d),
		Event: delivery.OfDeadLetter(b.codec, d.Body, ports.EventID(d.MessageId)),
	}
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

// movedAt returns the time, in whole seconds, at which the broker itself made a message a
// dead letter.
func movedAt(d amqp.Delivery) time.Time {
	moves, _ := d.Headers["x-death"].([]any)
	if len(moves) == 0 {
		return time.Time{}
	}
	latest, _ := moves[0].(amqp.Table)
	at, _ := latest["time"].(time.Time)
	return at.UTC()
}
