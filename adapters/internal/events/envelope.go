// Package events puts what aggregates record into envelopes, and writes and
// reads these as JSON, in the form that api/asyncapi.yaml describes.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// NewID makes a UUID version 7: those made later in this process are greater.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Seal puts each event that an aggregate recorded into an envelope of its own,
// under the correlation id of the context.
func Seal(ctx context.Context, aggregate string, recorded []event.Event) []platform.Event {
	sealed := make([]platform.Event, len(recorded))
	for i, e := range recorded {
		sealed[i] = platform.Event{
			ID:            ports.EventID(NewID()),
			Type:          e.EventType(),
			Aggregate:     aggregate,
			OccurredAt:    e.OccurredAt().UTC(),
			CorrelationID: ports.CorrelationID(ctx),
			Body:          e,
		}
	}
	return sealed
}

// envelope is how an event travels.
type envelope struct {
	ID            ports.EventID     `json:"id"`
	Type          string            `json:"type"`
	Aggregate     string            `json:"aggregate"`
	OccurredAt    time.Time         `json:"occurredAt"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Headers       map[string]string `json:"headers,omitempty"`
	Data          json.RawMessage   `json:"data"`
}

// Encode writes an event with its envelope. It fails for a type that no codec
// is for, and for a body that is not of its type.
func Encode(e platform.Event) ([]byte, error) {
	c, err := codecFor(e.Type)
	if err != nil {
		return nil, err
	}
	data, err := c.encode(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s of type %s: %w", e.ID, e.Type, err)
	}
	return json.Marshal(envelope{
		ID: e.ID, Type: e.Type, Aggregate: e.Aggregate, OccurredAt: e.OccurredAt.UTC(),
		CorrelationID: e.CorrelationID, Headers: e.Headers, Data: data,
	})
}

// OccurredAt reads from what Encode wrote when the event happened, whatever its
// type.
func OccurredAt(message []byte) (time.Time, error) {
	var w envelope
	if err := json.Unmarshal(message, &w); err != nil {
		return time.Time{}, fmt.Errorf("decode event: %w", err)
	}
	return w.OccurredAt.UTC(), nil
}

// Decode reads what Encode wrote.
func Decode(message []byte) (platform.Event, error) {
	var w envelope
	if err := json.Unmarshal(message, &w); err != nil {
		return platform.Event{}, fmt.Errorf("decode event: %w", err)
	}
	c, err := codecFor(w.Type)
	if err != nil {
		return platform.Event{}, err
	}
	body, err := c.decode(w.Data)
	if err != nil {
		return platform.Event{}, fmt.Errorf("decode event %s of type %s: %w", w.ID, w.Type, err)
	}
	return platform.Event{
		ID: w.ID, Type: w.Type, Aggregate: w.Aggregate, OccurredAt: w.OccurredAt.UTC(),
		CorrelationID: w.CorrelationID, Headers: w.Headers, Body: body,
	}, nil
}

// codec turns the body of one type of event into JSON and back.
type codec struct {
	encode func(body any) ([]byte, error)
	decode func(data []byte) (any, error)
}

func codecFor(eventType string) (codec, error) {
	c, ok := codecs[eventType]
	if !ok {
		return codec{}, fmt.Errorf("event of unknown type %q", eventType)
	}
	return c, nil
}

// through makes the codec of events E that travel as W.
func through[E event.Event, W any](toWire func(E) W, toEvent func(W) (E, error)) codec {
	return codec{
		encode: func(body any) ([]byte, error) {
			e, ok := body.(E)
			if !ok {
				return nil, fmt.Errorf("the body is a %T", body)
			}
			return json.Marshal(toWire(e))
		},
		decode: func(data []byte) (any, error) {
			var w W
			if err := json.Unmarshal(data, &w); err != nil {
				return nil, err
			}
			return toEvent(w)
		},
	}
}
