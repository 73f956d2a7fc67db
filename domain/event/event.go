// Package event defines the events that aggregates record.
package event

import "time"

// Event is something that happened to an aggregate. It never changes.
type Event interface {
	// EventType returns the name that subscribers use, such as "booking.held".
	EventType() string
	// OccurredAt returns the time of the event in UTC.
	OccurredAt() time.Time
}
