package contract

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Events makes sample events of the caller's domain.
type Events interface {
	// New makes an event, always of the same type.
	New() platform.Event
	// OfEachType makes one event of each type. There are at least two types.
	OfEachType() []platform.Event
}

// Notes is a sample domain: notes that are written and erased.
type Notes struct{}

// Noted is recorded when a note is written.
type Noted struct {
	Note, Text string
	At         time.Time
}

// EventType implements [event.Event].
func (Noted) EventType() string { return "note.noted" }

// OccurredAt implements [event.Event].
func (e Noted) OccurredAt() time.Time { return e.At }

// Erased is recorded when a note is erased.
type Erased struct {
	Note string
	At   time.Time
}

// EventType implements [event.Event].
func (Erased) EventType() string { return "note.erased" }

// OccurredAt implements [event.Event].
func (e Erased) OccurredAt() time.Time { return e.At }

// New makes a [Noted] event.
func (Notes) New() platform.Event {
	note := newID()
	e := envelope(note, Noted{Note: note, Text: "buy milk", At: noon})
	e.Headers = map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	return e
}

// WithID makes an event as New does, but with the given id.
func (n Notes) WithID(id ports.EventID) platform.Event {
	e := n.New()
	e.ID = id
	return e
}

// Subscription returns a subscription to [Noted] events.
func (Notes) Subscription() platform.Subscription {
	return platform.Subscription{Name: "notes", Types: []string{Noted{}.EventType()}}
}

// OfEachType makes one [Noted] and one [Erased] event.
func (Notes) OfEachType() []platform.Event {
	note := newID()
	noted := envelope(note, Noted{Note: note, Text: "“quoted”, <b>bold</b>, 🎭", At: noon})
	noted.CorrelationID = ""
	erased := envelope(note, Erased{Note: note, At: noon.Add(time.Hour)})
	erased.Headers = map[string]string{"traceparent": newID(), "tracestate": `a="b",é`}
	return []platform.Event{noted, erased}
}

// Encode writes an event as JSON.
func (Notes) Encode(e platform.Event) ([]byte, error) {
	switch e.Body.(type) {
	case Noted, Erased:
		return json.Marshal(e)
	default:
		return nil, fmt.Errorf("encode event %s: unknown body %T", e.ID, e.Body)
	}
}

// Decode decodes a message that Encode returned.
func (Notes) Decode(message []byte) (platform.Event, error) {
	var body json.RawMessage
	e := platform.Event{Body: &body}
	if err := json.Unmarshal(message, &e); err != nil {
		return platform.Event{}, fmt.Errorf("decode event: %w", err)
	}
	var err error
	switch e.Type {
	case Noted{}.EventType():
		e.Body, err = decode[Noted](body)
	case Erased{}.EventType():
		e.Body, err = decode[Erased](body)
	default:
		err = fmt.Errorf("unknown type %q", e.Type)
	}
	if err != nil {
		return platform.Event{}, fmt.Errorf("decode event %s: %w", e.ID, err)
	}
	return e, nil
}

// OccurredAt returns the time of the event in an encoded message.
func (Notes) OccurredAt(message []byte) (time.Time, error) {
	var e struct{ OccurredAt time.Time }
	err := json.Unmarshal(message, &e)
	return e.OccurredAt, err
}

func decode[E any](body []byte) (any, error) {
	var e E
	err := json.Unmarshal(body, &e)
	return e, err
}

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 123456000, time.UTC)

func envelope(aggregate string, body event.Event) platform.Event {
	return platform.Event{
		ID: ports.EventID(newID()), Type: body.EventType(), Aggregate: aggregate, OccurredAt: body.OccurredAt(),
		CorrelationID: "request " + newID(), Body: body,
	}
}

var lastID atomic.Int64

// newID returns a version 7 UUID that sorts after all earlier ones.
func newID() string { return fmt.Sprintf("0196a001-0000-7000-8000-%012x", lastID.Add(1)) }
