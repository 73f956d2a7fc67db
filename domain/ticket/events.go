package ticket

import (
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

// Event is something that happened to a ticket. None of them tells the code:
// whoever has it can get in.
type Event interface {
	// EventType is the name that subscribers know, such as "ticket.issued".
	EventType() string
}

// Issued says that a seat has its ticket.
type Issued struct {
	Booking booking.ID
	Show    show.ID
	Seat    show.Label
	At      time.Time
}

// Admitted says that somebody was let in.
type Admitted struct {
	Booking booking.ID
	Show    show.ID
	Seat    show.Label
	At      time.Time
}

// Voided says that the ticket lets nobody in any more.
type Voided struct {
	Booking booking.ID
	Show    show.ID
	Seat    show.Label
	At      time.Time
}

// EventType is "ticket.issued".
func (Issued) EventType() string { return "ticket.issued" }

// EventType is "ticket.admitted".
func (Admitted) EventType() string { return "ticket.admitted" }

// EventType is "ticket.voided".
func (Voided) EventType() string { return "ticket.voided" }

// Events are what happened since the ticket was issued or loaded, oldest first.
func (t *Ticket) Events() []Event { return t.events }

func (t *Ticket) record(e Event) { t.events = append(t.events, e) }
