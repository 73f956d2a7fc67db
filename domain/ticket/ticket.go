// Package ticket is about what lets somebody in at the door, once.
package ticket

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
)

// Code is a ticket's unguessable name: 26 letters and digits of Crockford's
// base 32, which stand for 130 random bits.
type Code string

// ParseCode takes what a scanner or a person gives: lower case, spaces and
// dashes are forgiven. Whether a ticket has the code is for the store to say.
func ParseCode(s string) Code {
	return Code(strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(s)))
}

// Status is one of Valid, Used and Void.
type Status struct{ name string }

// A ticket goes from Valid to Used at the door, or to Void with its booking.
var (
	StatusValid = Status{"valid"}
	StatusUsed  = Status{"used"}
	StatusVoid  = Status{"void"}
)

// ParseStatus takes "valid", "used" or "void".
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusValid, StatusUsed, StatusVoid} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("ticket: unknown status %q", name)
}

func (s Status) String() string { return s.name }

// ErrVoid is returned when a ticket was made worthless with its booking.
var ErrVoid = errors.New("ticket: it is void")

// AlreadyAdmittedError is returned when a ticket has let somebody in before.
type AlreadyAdmittedError struct{ At time.Time }

func (e *AlreadyAdmittedError) Error() string {
	return "ticket: already admitted at " + e.At.Format(time.RFC3339)
}

// Ticket admits one person to one seat.
type Ticket struct {
	code         Code
	booking      booking.ID
	show         show.ID
	organisation actor.Organisation
	seat         show.Label
	status       Status
	issuedAt     time.Time
	admittedAt   time.Time
	events       []event.Event
}

// Issue makes a valid ticket for one seat of a confirmed booking. It fails with
// booking.ErrNotConfirmed, and for a seat or a show that is not the booking's.
func Issue(code Code, sh *show.Show, b *booking.Booking, seat show.Label, now time.Time) (*Ticket, error) {
	if err := b.CheckConfirmed(); err != nil {
		return nil, err
	}
	if b.Show() != sh.ID() || !slices.Contains(b.Labels(), seat) {
		return nil, fmt.Errorf("ticket: booking %s has no seat %s of show %s", b.ID(), seat, sh.ID())
	}
	t := &Ticket{
		code: code, booking: b.ID(), show: sh.ID(), organisation: sh.Organisation(),
		seat: seat, status: StatusValid, issuedAt: now,
	}
	t.record(Issued{Booking: t.booking, Show: t.show, Seat: seat, At: now})
	return t, nil
}

// Admit lets somebody in. It fails with *AlreadyAdmittedError the second time and
// with ErrVoid.
func (t *Ticket) Admit(now time.Time) error {
	switch t.status {
	case StatusUsed:
		return &AlreadyAdmittedError{At: t.admittedAt}
	case StatusVoid:
		return ErrVoid
	}
	t.status = StatusUsed
	t.admittedAt = now
	t.record(Admitted{Booking: t.booking, Show: t.show, Seat: t.seat, At: now})
	return nil
}

// Cancel makes the ticket void with its booking. A void one stays as it is. It
// fails with *AlreadyAdmittedError once somebody was let in.
func (t *Ticket) Cancel(now time.Time) error {
	switch t.status {
	case StatusUsed:
		return &AlreadyAdmittedError{At: t.admittedAt}
	case StatusVoid:
		return nil
	}
	t.status = StatusVoid
	t.record(Voided{Booking: t.booking, Show: t.show, Seat: t.seat, At: now})
	return nil
}

// Code is the ticket's unguessable name.
func (t *Ticket) Code() Code { return t.code }

// Booking is what the ticket was issued for.
func (t *Ticket) Booking() booking.ID { return t.booking }

// Show is what the ticket admits to.
func (t *Ticket) Show() show.ID { return t.show }

// Organisation is the tenant whose door it is.
func (t *Ticket) Organisation() actor.Organisation { return t.organisation }

// Seat is the place.
func (t *Ticket) Seat() show.Label { return t.seat }

// Status is where the ticket stands.
func (t *Ticket) Status() Status { return t.status }

// AdmittedAt is when somebody was let in, in UTC; zero before.
func (t *Ticket) AdmittedAt() time.Time { return t.admittedAt }

// Snapshot is a ticket's whole state, for those who store it.
type Snapshot struct {
	Code         Code
	Booking      booking.ID
	Show         show.ID
	Organisation actor.Organisation
	Seat         show.Label
	Status       Status
	IssuedAt     time.Time
	AdmittedAt   time.Time
}

// Snapshot copies the state, without the events.
func (t *Ticket) Snapshot() Snapshot {
	return Snapshot{
		Code: t.code, Booking: t.booking, Show: t.show, Organisation: t.organisation,
		Seat: t.seat, Status: t.status, IssuedAt: t.issuedAt, AdmittedAt: t.admittedAt,
	}
}

// Rehydrate makes a ticket from what was stored. It checks the shape only.
func Rehydrate(v Snapshot) (*Ticket, error) {
	if v.Code == "" || v.Booking == "" || v.Show == "" || v.Seat == "" || v.Status == (Status{}) {
		return nil, fmt.Errorf("ticket of booking %q: stored without a code, a booking, a show, a seat or a status", v.Booking)
	}
	return &Ticket{
		code: v.Code, booking: v.Booking, show: v.Show, organisation: v.Organisation,
		seat: v.Seat, status: v.Status, issuedAt: v.IssuedAt.UTC(), admittedAt: v.AdmittedAt.UTC(),
	}, nil
}
