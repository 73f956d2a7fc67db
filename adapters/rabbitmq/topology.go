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
	// redeliveries limits how often the broker redelivers an unacknowledged event, for
	// example one that crashes its consumers. Beyond the limit, the event becomes a dead
	// letter. The limit is high, because a crash counts against all prefetched events.
	redeliveries = 100
	// unlimited is the delivery limit of dead letter queues, because every inspection
	// delivers their letters. RabbitMQ 4 would otherwise apply a default limit.
	unlimited = 1<<31 - 1
)

// topology describes the exchange and queues of a service: one topic exchange, and for
// each subscription a main queue, a dead letter queue, and one retry queue for each
// delay. When an event's time to live in a retry queue ends, the broker moves the event
// back to the main queue. The exchange is durable, and the queues are quorum queues.
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
func (t topology) deadLetterQueue(subscription string) string {
	return t.queue(subscription) + ".dead"
}
func (t topology) retryQueue(subscription string, delay time.Duration) string {
	return t.queue(subscription) + ".retry." + delay.String()
}

// inspectionLock returns the name of the exclusive queue whose owner may inspect dead
// letters.
func (t topology) inspectionLock() string { return t.name + ".dead-letters.lock" }

func (t topology) only(subscription string) (topology, bool) {
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

// declare declares the exchange, all queues and their bindings. Consumers call it before
// they consume, so that a deleted queue is redeclared.
func (t topology) declare(ch *amqp.Channel) error {
	for _, s := range t.subscriptions {
		if err := declareQueue(ch, t.queue(s.Name), movingTo(t.deadLetterQueue(s.Name)), amqp.Table{"x-delivery-limit": int64(redeliveries)}); err != nil {
			return err
		}
	}
	return t.declareExceptMainQueues(ch)
}

// declareExceptMainQueues declares what a publisher may declare. If a publisher
// redeclared a deleted main queue, the consumer would miss the deletion and wait forever.
func (t topology) declareExceptMainQueues(ch *amqp.Channel) error {
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
		if err := declareQueue(ch, t.deadLetterQueue(s.Name), amqp.Table{"x-delivery-limit": int64(unlimited)}); err != nil {
			return err
		}
		for _, delay := range t.delays {
			// Rounded up: the broker counts in milliseconds.
			wait := amqp.Table{amqp.QueueMessageTTLArg: (delay + time.Millisecond - 1).Milliseconds()}
			if err := declareQueue(ch, t.retryQueue(s.Name, delay), movingTo(queue), wait); err != nil {
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

// movingTo returns the arguments of a queue from which the broker moves messages to
// another queue. The broker keeps each message until the other queue has confirmed it.
// The strategy at-least-once requires the overflow setting reject-publish. Otherwise, the
// broker silently uses at-most-once.
func movingTo(queue string) amqp.Table {
	return amqp.Table{
		"x-dead-letter-exchange":    "", // the default exchange, which routes by queue name
		"x-dead-letter-routing-key": queue,
		"x-dead-letter-strategy":    "at-least-once",
		amqp.QueueOverflowArg:       amqp.QueueOverflowRejectPublish,
	}
}
