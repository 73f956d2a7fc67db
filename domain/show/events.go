package show

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
)

// Created says that an organiser has made a draft.
type Created struct {
	Show         ID
	Organisation actor.Organisation
	Title        string
	Venue        string
	StartsAt     time.Time
	Seats        int
	At           time.Time
}

// Opened says that seats can be booked.
type Opened struct {
	Show ID
	At   time.Time
}

// Cancelled says that the show will not take place.
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

// Events are what happened since the show was made or loaded, oldest first.
func (s *Show) Events() []event.Event { return s.events }

func (s *Show) record(e event.Event) { s.events = append(s.events, e) }
