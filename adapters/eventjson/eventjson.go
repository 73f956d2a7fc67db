// Package eventjson writes and reads events as JSON. Each message is an envelope around
// the data of an event. A codec knows the event types of one domain.
package eventjson

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Codec writes and reads events of the types passed to New.
type Codec struct{ types map[string]EventType }

var _ platform.EventCodec = Codec{}

// New returns a codec for the given event types.
func New(types ...EventType) Codec {
	c := Codec{types: map[string]EventType{}}
	for _, t := range types {
		c.types[t.name] = t
	}
	return c
}

// Types returns the names of all event types, sorted.
func (c Codec) Types() []string { return slices.Sorted(maps.Keys(c.types)) }

// envelope is the JSON form of an event.
type envelope struct {
	ID            ports.EventID     `json:"id"`
	Type          string            `json:"type"`
	Aggregate     string            `json:"aggregate"`
	OccurredAt    time.Time         `json:"occurredAt"`
	CorrelationID string            `json:"correlationId,omitempty"`
	Headers       map[string]string `json:"headers,omitempty"`
	Data          json.RawMessage   `json:"data"`
}

func (c Codec) Encode(e platform.Event) ([]byte, error) {
	t, err := c.eventType(e.Type)
	if err != nil {
		return nil, err
	}
	data, err := t.encode(e.Body)
	if err != nil {
		return nil, fmt.Errorf("encode event %s of type %s: %w", e.ID, e.Type, err)
	}
	return json.Marshal(envelope{
		ID: e.ID, Type: e.Type, Aggregate: e.Aggregate, OccurredAt: e.OccurredAt.UTC(),
		CorrelationID: e.CorrelationID, Headers: e.Headers, Data: data,
	})
}

func (c Codec) Decode(message []byte) (platform.Event, error) {
	w, err := open(message)
	if err != nil {
		return platform.Event{}, err
	}
	t, err := c.eventType(w.Type)
	if err != nil {
		return platform.Event{}, err
	}
	body, err := t.decode(w.Data)
	if err != nil {
		return platform.Event{}, fmt.Errorf("decode event %s of type %s: %w", w.ID, w.Type, err)
	}
	return platform.Event{
		ID: w.ID, Type: w.Type, Aggregate: w.Aggregate, OccurredAt: w.OccurredAt.UTC(),
		CorrelationID: w.CorrelationID, Headers: w.Headers, Body: body,
	}, nil
}

func (c Codec) OccurredAt(message []byte) (time.Time, error) {
	w, err := open(message)
	if err != nil {
		return time.Time{}, err
	}
	return w.OccurredAt.UTC(), nil
}

func open(message []byte) (envelope, error) {
	var w envelope
	if err := json.Unmarshal(message, &w); err != nil {
		return envelope{}, fmt.Errorf("decode event: %w", err)
	}
	return w, nil
}

func (c Codec) eventType(name string) (EventType, error) {
	t, ok := c.types[name]
	if !ok {
		return EventType{}, fmt.Errorf("event of unknown type %q", name)
	}
	return t, nil
}

// EventType converts the data of one type of event to JSON and back.
type EventType struct {
	name   string
	encode func(body any) ([]byte, error)
	decode func(data []byte) (any, error)
}

// Mapped returns the event type of E. The event is encoded as a W.
func Mapped[E event.Event, W any](toWire func(E) W, toEvent func(W) (E, error)) EventType {
	return newType(
		func(e E) any { return toWire(e) },
		func(data []byte) (E, error) {
			var w W
			if err := json.Unmarshal(data, &w); err != nil {
				return *new(E), err
			}
			return toEvent(w)
		})
}

// Tagged returns the event type of E. The event is encoded as a struct W, which has the
// fields of E with JSON tags. The function view converts a *E to a *W. The conversion
// compiles only if E and W have the same fields.
func Tagged[E event.Event](view func(*E) any) EventType {
	return newType(
		func(e E) any { return view(&e) },
		func(data []byte) (E, error) {
			var e E
			err := json.Unmarshal(data, view(&e))
			return e, err
		})
}

func newType[E event.Event](toWire func(E) any, decode func([]byte) (E, error)) EventType {
	return EventType{
		name: (*new(E)).EventType(),
		encode: func(body any) ([]byte, error) {
			e, ok := body.(E)
			if !ok {
				return nil, fmt.Errorf("the body is a %T", body)
			}
			return json.Marshal(toWire(e))
		},
		decode: func(data []byte) (any, error) { return decode(data) },
	}
}
