package platform

import (
	"context"
	"time"

	"example.com/portico/ports"
)

// Event is the envelope of a domain event.
type Event struct {
	ID ports.EventID
	// Type is the name that subscriptions use: "booking.held".
	Type string
	// Aggregate is the id of the aggregate. If the id is secret, Aggregate is the id of a
	// related aggregate.
	Aggregate string
	// OccurredAt is in UTC, to the microsecond.
	OccurredAt time.Time
	// CorrelationID is the id of the request that caused the event.
	CorrelationID string
	// Headers are opaque and are delivered with the event.
	Headers map[string]string
	// Body is the event that the aggregate recorded.
	Body any
}

// EventCodec converts events to bytes and back, for adapters that store or send them.
type EventCodec interface {
	// Encode fails if the codec does not know the event's type, or if the body is not of
	// that type.
	Encode(e Event) ([]byte, error)
	// Decode decodes a message that Encode returned. It fails if the codec does not know
	// the event's type.
	Decode(message []byte) (Event, error)
	// OccurredAt returns the time of the event in the message, even if the codec does not
	// know the event's type.
	OccurredAt(message []byte) (time.Time, error)
}

// Outbox holds stored events until they are published. Durable and shared.
type Outbox interface {
	// Relay claims up to limit events, oldest first, and passes them to the function
	// publish. If publish succeeds, Relay removes the events; otherwise they can be
	// claimed again at once. Concurrent calls never claim the same event, and do not
	// block writes to the stores. Relay returns the number of events removed. If there
	// are no events, Relay does not call publish.
	Relay(ctx context.Context, limit int, publish func(context.Context, []Event) error) (int, error)
	// Backlog returns the number of unpublished events, and the time of the oldest (zero
	// if there are none). Errors: ErrUnavailable.
	Backlog(ctx context.Context) (count int, oldest time.Time, err error)
}

// Publisher sends each event to all subscriptions to its type.
type Publisher interface {
	// Publish returns nil once the broker has stored all events. Every subscription to an
	// event's type then receives the event at least once. If Publish fails, some
	// subscriptions may receive some events anyway.
	Publish(ctx context.Context, events []Event) error
}

// Subscription is a named queue for events of the given types.
type Subscription struct {
	Name  string
	Types []string
}

// Subscriber delivers events. Durable and shared.
type Subscriber interface {
	// Consume calls the function handle concurrently for the events of a subscription,
	// until ctx ends. Then it waits for the running handlers, whose context is not
	// cancelled, and returns nil. If a handler fails or panics, the event is delivered
	// again after a delay. The delay grows with each attempt. Other events are delivered
	// meanwhile. If the last attempt fails, or the handler returns ErrPermanent, the event
	// becomes a dead letter. Events may be delivered more than once and in any order.
	Consume(ctx context.Context, subscription string, handle func(context.Context, Event) error) error
}

// DeadLetter is an event that a subscription failed to handle.
type DeadLetter struct {
	ID           string
	Subscription string
	Event        Event
	Reason       string // the error of the last attempt
	Attempts     int
	At           time.Time // of the last attempt, in UTC
}

// DeadLetters holds dead letters until an operator replays or discards them. Durable and
// shared.
type DeadLetters interface {
	// List returns up to limit letters in ascending order of id. To get the next page,
	// pass the last id of this page.
	List(ctx context.Context, after string, limit int) ([]DeadLetter, error)
	// Get returns a letter. Errors: ErrNotFound.
	Get(ctx context.Context, id string) (DeadLetter, error)
	// Replay returns the event to its subscription, resets its attempt count and removes
	// the letter. Errors: ErrNotFound.
	Replay(ctx context.Context, id string) error
	// Discard removes the letter. Errors: ErrNotFound.
	Discard(ctx context.Context, id string) error
}
