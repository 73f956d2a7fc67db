package show

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
)

// Created is recorded when an organiser creates a draft.
type Created struct {
	Show         ID
	Organisation actor.Organisation
	Title        string
	Venue        string
	StartsAt     time.Time
	Seats        int
	At           time.Time
}

// Opened is recorded when a show goes on sale.
type Opened struct {
	Show ID
	At   time.Time
}

// Cancelled is recorded when a show is cancelled.
type Cancelled struct {
	Show ID
	At   time.Time
}

func (Created) EventType() string   { return "show.created" }
func (Opened) EventType() string    { return "show.opened" }
func (Cancelled) EventType() string { return "show.cancelled" }

func (e Created) OccurredAt() time.Time   { return e.At }
func (e Opened) OccurredAt() time.Time    { return e.At }
func (e Cancelled) OccurredAt() time.Time { return e.At }

// Events returns the events recorded since the show was created or loaded.
func (s *Show) Events() []event.Event { return s.events }

func (s *Show) record(e event.Event) { s.events = append(s.events, e) }
