// Package sample is events of no domain, for the tests of adapters that serve any.
package sample

import (
	"time"

	"example.com/portico/adapters/eventjson"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Happened is the event that the tests' subscriptions want.
type Happened struct {
	To string
	At time.Time
}

// Other is an event that no subscription wants.
type Other struct{ At time.Time }

func (Happened) EventType() string       { return "sample.happened" }
func (Other) EventType() string          { return "sample.other" }
func (e Happened) OccurredAt() time.Time { return e.At }
func (e Other) OccurredAt() time.Time    { return e.At }

// Codec writes and reads the sample events.
func Codec() eventjson.Codec {
	return eventjson.New(
		eventjson.Tagged(func(e *Happened) any { return e }),
		eventjson.Tagged(func(e *Other) any { return e }),
	)
}

// Subscription wants [Happened].
var Subscription = platform.Subscription{Name: "samples", Types: []string{Happened{}.EventType()}}

// Event puts a Happened with this id into an envelope.
func Event(id ports.EventID) platform.Event {
	e := Happened{To: string(id), At: time.Date(2030, 5, 1, 19, 30, 0, 0, time.UTC)}
	return platform.Event{ID: id, Type: e.EventType(), Aggregate: e.To, OccurredAt: e.At, CorrelationID: "request " + e.To, Body: e}
}
