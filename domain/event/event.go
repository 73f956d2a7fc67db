// Package event defines what aggregates record.
package event

import "time"

// Event is something that happened to an aggregate. Its fields are facts and
// never change.
type Event interface {
	// EventType is the name that subscribers know, such as "booking.held".
	EventType() string
	// OccurredAt is when it happened.
	OccurredAt() time.Time
}
