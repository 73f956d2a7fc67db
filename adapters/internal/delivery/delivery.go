// Package delivery holds the code that outboxes and brokers share, for envelopes,
// delivery attempts and dead letters.
package delivery

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"example.com/portico/adapters/internal/ids"
	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Seal puts each recorded event of an aggregate into an envelope, with the correlation id
// of the context.
func Seal(ctx context.Context, aggregate string, recorded []event.Event) []platform.Event {
	sealed := make([]platform.Event, len(recorded))
	for i, e := range recorded {
		sealed[i] = platform.Event{
			ID:            ports.EventID(ids.New()),
			Type:          e.EventType(),
			Aggregate:     aggregate,
			OccurredAt:    e.OccurredAt().UTC(),
			CorrelationID: ports.CorrelationID(ctx),
			Body:          e,
		}
	}
	return sealed
}

// Attempt decodes a message and calls the function handle with the event. The context of
// this call has the event's correlation id. If the function panics, Attempt returns an
// error with the stack.
func Attempt(ctx context.Context, codec platform.EventCodec, message []byte, handle func(context.Context, platform.Event) error) (err error) {
	e, err := codec.Decode(message)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ports.WithCorrelationID(ctx, e.CorrelationID), e)
}

// maxReason is the maximum length of a dead letter's reason, in bytes. It is small
// because all headers of a RabbitMQ message together must fit into one frame.
const maxReason = 2000

// Reason returns the text of err, truncated to at most 2000 bytes of valid UTF-8.
func Reason(err error) string {
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}

// OfDeadLetter decodes the message of a dead letter. If the message is invalid, the event
// has only the id. The letter's reason already contains the error.
func OfDeadLetter(codec platform.EventCodec, message []byte, id ports.EventID) platform.Event {
	e, err := codec.Decode(message)
	if err != nil {
		return platform.Event{ID: id}
	}
	return e
}
