package platform

import (
	"context"
	"time"

	"example.com/portico/ports"
)

// Event is the envelope in which something that happened travels.
type Event struct {
	ID ports.EventID
	// Type is the name that subscriptions choose by: "booking.held".
	Type string
	// Aggregate is the id of what it happened to; that of the booking where it
	// happened to a ticket, whose code is not to be told.
	Aggregate string
	// OccurredAt is in UTC, to the microsecond.
	OccurredAt time.Time
	// CorrelationID is that of the request that started it all.
	CorrelationID string
	// Headers are opaque and travel with the event.
	Headers map[string]string
	// Body is the aggregate's event: a struct of its package.
	Body any
}

// EventCodec writes events as bytes, for adapters that store or send them.
type EventCodec interface {
	// Encode fails if the codec does not know the event's type, or if the body
	// is not of that type.
	Encode(e Event) ([]byte, error)
	// Decode reads what Encode wrote. It fails if the codec does not know the
	// event's type.
	Decode(message []byte) (Event, error)
	// OccurredAt returns when the event in the message occurred, for events of
	// unknown types too.
	OccurredAt(message []byte) (time.Time, error)
}

// Outbox holds the events that are stored and not yet handed over. Durable and
// shared.
type Outbox interface {
	// Relay claims up to limit events, oldest first, hands them over, and
	// removes them when the hand-over returns nil; otherwise they stay and can
	// be claimed again at once. The stores can be written to meanwhile. Two
	// relays at once never hold the same event. It returns how many were handed
	// over; 0 is no error, and hand is not called.
	Relay(ctx context.Context, limit int, hand func(context.Context, []Event) error) (int, error)
	// Pending counts the events that wait, and tells when the first in line
	// happened: the zero time for none. Errors: ErrUnavailable.
	Backlog(ctx context.Context) (count int, oldest time.Time, err error)
}

// Publisher brings events to every subscription that wants their type. Durable and
// shared: they reach subscribers in every process.
type Publisher interface {
	// Publish returns nil once all events are safe with the broker: each will
	// reach each of its subscriptions at least once. When it fails, some may
	// reach them all the same.
	Publish(ctx context.Context, events []Event) error
}

// Subscription is a named queue of the events of some types.
type Subscription struct {
	Name  string
	Types []string
}

// Subscriber hands events to their handlers. Durable and shared: the processes that
// consume a subscription divide its events among them.
type Subscriber interface {
	// Consume hands each event of a subscription to handle, several at once,
	// until ctx ends; then it waits for the handlers under way, whose own
	// context goes on, and returns nil. An event whose handler fails or panics is handed over again after a
	// growing delay, while the others go on. After the last attempt it becomes
	// a dead letter. Events may come more than once and in any order.
	Consume(ctx context.Context, subscription string, handle func(context.Context, Event) error) error
}

// DeadLetter is an event that a subscription could not handle.
type DeadLetter struct {
	ID           string
	Subscription string
	Event        Event
	// Reason is the error of the last attempt.
	Reason   string
	Attempts int
	// At is when it was given up, in UTC.
	At time.Time
}

// DeadLetters keeps what could not be handled until somebody decides. Durable and
// shared.
type DeadLetters interface {
	// List returns up to limit letters by ascending id, after the id given.
	List(ctx context.Context, after string, limit int) ([]DeadLetter, error)
	// Get finds a letter. Errors: ErrNotFound.
	Get(ctx context.Context, id string) (DeadLetter, error)
	// Replay gives the event back to its subscription, with all its attempts
	// before it, and removes the letter. Errors: ErrNotFound.
	Replay(ctx context.Context, id string) error
	// Discard removes the letter for good. Errors: ErrNotFound.
	Discard(ctx context.Context, id string) error
}
