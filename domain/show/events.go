package show

import (
	"time"

	"example.com/portico/domain/actor"
)

// Event is something that happened to a show.
type Event interface {
	// EventType is the name that subscribers know, such as "show.opened".
	EventType() string
}

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

// CalledOff says that the show will not take place.
type CalledOff struct {
	Show ID
	At   time.Time
}

// EventType is "show.created".
func (Created) EventType() string { return "show.created" }

// EventType is "show.opened".
func (Opened) EventType() string { return "show.opened" }

// EventType is "show.cancelled".
func (CalledOff) EventType() string { return "show.cancelled" }

// Events are what happened since the show was made or loaded, oldest first.
func (s *Show) Events() []Event { return s.events }

func (s *Show) record(e Event) { s.events = append(s.events, e) }
