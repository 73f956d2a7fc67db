package ticket

import (
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
)

// Issued is recorded when a ticket is issued. Ticket events do not contain the code,
// because the code alone grants entry.
type Issued struct {
	Booking booking.ID
	Show    show.ID
	Seat    show.Label
	At      time.Time
}

// Admitted is recorded when a ticket is used.
type Admitted struct {
	Booking booking.ID
	Show    show.ID
	Seat    show.Label
	At      time.Time
}

// Voided is recorded when a ticket becomes void.
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

// Events returns the events recorded since the ticket was issued or loaded.
func (t *Ticket) Events() []event.Event { return t.events }

func (t *Ticket) record(e event.Event) { t.events = append(t.events, e) }
