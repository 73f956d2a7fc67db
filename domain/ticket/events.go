package ticket

import (
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
)

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

func (Issued) EventType() string   { return "ticket.issued" }
func (Admitted) EventType() string { return "ticket.admitted" }
func (Voided) EventType() string   { return "ticket.voided" }

func (e Issued) OccurredAt() time.Time   { return e.At }
func (e Admitted) OccurredAt() time.Time { return e.At }
func (e Voided) OccurredAt() time.Time   { return e.At }

// Events are what happened since the ticket was issued or loaded, oldest first.
func (t *Ticket) Events() []event.Event { return t.events }

func (t *Ticket) record(e event.Event) { t.events = append(t.events, e) }
