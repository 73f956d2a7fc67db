package rabbitmq

import (
	"fmt"
	"maps"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/ports/platform"
)

const (
	// redeliveries is how often the broker itself hands an event over again
	// that nobody answered, because the process or its connection ended each
	// time. An event that brings processes down becomes a dead letter so. It is
	// many, for those that wait beside that event are handed over again too.
	redeliveries = 100
	// unlimited is for dead letters, which are handed over whenever somebody
	// looks at them: RabbitMQ 4 has a limit where none is set.
	unlimited = 1<<31 - 1
)

// topology is what is declared at the broker: one topic exchange; for each
// subscription a queue, a queue for its dead letters, and one queue for each
// delay, in which events wait until their time to live ends and the broker
// moves them back. All are durable; queues are quorum queues.
type topology struct {
	name          string
	subscriptions []platform.Subscription
	delays        []time.Duration
}

func newTopology(name string, subscriptions []platform.Subscription, policy platform.RetryPolicy) topology {
	t := topology{name: name, subscriptions: subscriptions}
	for attempt := 1; !policy.Exhausted(attempt); attempt++ {
		t.delays = append(t.delays, policy.Delay(attempt))
	}
	slices.Sort(t.delays)
	t.delays = slices.Compact(t.delays)
	return t
}

func (t topology) exchange() string                 { return t.name + ".events" }
func (t topology) queue(subscription string) string { return t.name + "." + subscription }
func (t topology) dead(subscription string) string  { return t.queue(subscription) + ".dead" }
func (t topology) retry(subscription string, delay time.Duration) string {
	return t.queue(subscription) + ".retry." + delay.String()
}

// deadLock is the queue that whoever looks at dead letters holds.
func (t topology) deadLock() string { return t.name + ".dead-letters.lock" }

// of is the topology of one subscription alone.
func (t topology) of(subscription string) (topology, bool) {
	i := slices.IndexFunc(t.subscriptions, func(s platform.Subscription) bool { return s.Name == subscription })
	if i < 0 {
		return topology{}, false
	}
	t.subscriptions = t.subscriptions[i : i+1]
	return t, true
}

func (t topology) wants(eventType string) bool {
	return slices.ContainsFunc(t.subscriptions, func(s platform.Subscription) bool { return slices.Contains(s.Types, eventType) })
}

// declare makes what is not there. Whoever consumes does it first, so that a
// queue that was deleted is there again.
func (t topology) declare(ch *amqp.Channel) error {
	for _, s := range t.subscriptions {
		if err := declareQueue(ch, t.queue(s.Name), movingTo(t.dead(s.Name)), amqp.Table{"x-delivery-limit": int64(redeliveries)}); err != nil {
			return err
		}
	}
	return t.declareAroundQueues(ch)
}

// declareAroundQueues makes what is not there except the queues that are
// consumed from. For those who only publish: a queue that was deleted and is
// back at once goes unnoticed by its consumer, who waits for ever.
func (t topology) declareAroundQueues(ch *amqp.Channel) error {
	if err := ch.ExchangeDeclare(t.exchange(), amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return fmt.Errorf("declare exchange %s: %w", t.exchange(), err)
	}
	for _, s := range t.subscriptions {
		queue := t.queue(s.Name)
		for _, eventType := range s.Types {
			if err := ch.QueueBind(queue, eventType, t.exchange(), false, nil); err != nil {
				return fmt.Errorf("bind queue %s: %w", queue, err)
			}
		}
		if err := declareQueue(ch, t.dead(s.Name), amqp.Table{"x-delivery-limit": int64(unlimited)}); err != nil {
			return err
		}
		for _, delay := range t.delays {
			// Rounded up: the broker counts in milliseconds.
			wait := amqp.Table{amqp.QueueMessageTTLArg: (delay + time.Millisecond - 1).Milliseconds()}
			if err := declareQueue(ch, t.retry(s.Name, delay), movingTo(queue), wait); err != nil {
				return err
			}
		}
	}
	return nil
}

func declareQueue(ch *amqp.Channel, name string, arguments ...amqp.Table) error {
	all := amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}
	for _, some := range arguments {
		maps.Copy(all, some)
	}
	if _, err := ch.QueueDeclare(name, true, false, false, false, all); err != nil {
		return fmt.Errorf("declare queue %s: %w", name, err)
	}
	return nil
}

// movingTo are the arguments of a queue from which the broker moves messages to
// another queue. It keeps each until the other has confirmed it; for that, it
// asks for an overflow of reject-publish, and without would not keep it and not
// say so.
func movingTo(queue string) amqp.Table {
	return amqp.Table{
		"x-dead-letter-exchange":    "", // the default one, that routes by the name of the queue
		"x-dead-letter-routing-key": queue,
		"x-dead-letter-strategy":    "at-least-once",
		amqp.QueueOverflowArg:       amqp.QueueOverflowRejectPublish,
	}
}
