// Package ticket models tickets, each of which admits one person once.
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

// Code identifies a ticket and proves the right to enter. It is 130 random bits, written
// as 26 characters of Crockford's base 32.
type Code string

// ParseCode normalizes a scanned or typed code: it accepts lower case, spaces and dashes.
// It does not check whether a ticket has the code.
func ParseCode(s string) Code {
	return Code(strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(s)))
}

// Status is StatusValid, StatusUsed or StatusVoid.
type Status struct{ name string }

// A valid ticket becomes used at the door, or void when its booking is cancelled.
var (
	StatusValid = Status{"valid"}
	StatusUsed  = Status{"used"}
	StatusVoid  = Status{"void"}
)

// ParseStatus returns the status whose String method returns name.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusValid, StatusUsed, StatusVoid} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("ticket: unknown status %q", name)
}

func (s Status) String() string { return s.name }

// ErrVoid is returned for a ticket whose booking was cancelled.
var ErrVoid = errors.New("ticket: void")

// AlreadyAdmittedError is returned for a ticket that was used before.
type AlreadyAdmittedError struct{ At time.Time }

func (e *AlreadyAdmittedError) Error() string {
	return "ticket: already admitted at " + e.At.Format(time.RFC3339)
}

// Ticket admits one person to one seat of a show.
type Ticket struct {
	state  Snapshot
	events []event.Event
}

// Issue returns a valid ticket for one seat of a confirmed booking. It fails if the
// booking is not confirmed (booking.ErrNotConfirmed) or does not include the seat.
func Issue(code Code, sh *show.Show, b *booking.Booking, seat show.Label, now time.Time) (*Ticket, error) {
	if err := b.CheckConfirmed(); err != nil {
		return nil, err
	}
	if b.Show() != sh.ID() || !slices.Contains(b.Labels(), seat) {
		return nil, fmt.Errorf("ticket: booking %s has no seat %s of show %s", b.ID(), seat, sh.ID())
	}
	t := &Ticket{state: Snapshot{
		Code: code, Booking: b.ID(), Show: sh.ID(), Organisation: sh.Organisation(),
		Seat: seat, Status: StatusValid, IssuedAt: now,
	}}
	t.record(Issued{Booking: t.state.Booking, Show: t.state.Show, Seat: seat, At: now})
	return t, nil
}

// Admit marks the ticket as used. Errors: *AlreadyAdmittedError, ErrVoid.
func (t *Ticket) Admit(now time.Time) error {
	switch t.state.Status {
	case StatusUsed:
		return &AlreadyAdmittedError{At: t.state.AdmittedAt}
	case StatusVoid:
		return ErrVoid
	}
	t.state.Status = StatusUsed
	t.state.AdmittedAt = now
	t.record(Admitted{Booking: t.state.Booking, Show: t.state.Show, Seat: t.state.Seat, At: now})
	return nil
}

// Cancel makes the ticket void. It does nothing if the ticket is void already. Errors:
// *AlreadyAdmittedError.
func (t *Ticket) Cancel(now time.Time) error {
	switch t.state.Status {
	case StatusUsed:
		return &AlreadyAdmittedError{At: t.state.AdmittedAt}
	case StatusVoid:
		return nil
	}
	t.state.Status = StatusVoid
	t.record(Voided{Booking: t.state.Booking, Show: t.state.Show, Seat: t.state.Seat, At: now})
	return nil
}

func (t *Ticket) Code() Code                       { return t.state.Code }
func (t *Ticket) Booking() booking.ID              { return t.state.Booking }
func (t *Ticket) Show() show.ID                    { return t.state.Show }
func (t *Ticket) Organisation() actor.Organisation { return t.state.Organisation }
func (t *Ticket) Seat() show.Label                 { return t.state.Seat }
func (t *Ticket) Status() Status                   { return t.state.Status }
func (t *Ticket) AdmittedAt() time.Time            { return t.state.AdmittedAt }

// Snapshot is the stored state of a ticket. Times are in UTC.
type Snapshot struct {
	Code         Code
	Booking      booking.ID
	Show         show.ID
	Organisation actor.Organisation
	Seat         show.Label
	Status       Status
	IssuedAt     time.Time
	AdmittedAt   time.Time // zero unless the ticket was used
}

// Snapshot returns a copy of the state, without events.
func (t *Ticket) Snapshot() Snapshot { return t.state }

// Rehydrate restores a ticket from its stored state. It checks that the state is
// complete.
func Rehydrate(s Snapshot) (*Ticket, error) {
	if s.Code == "" || s.Booking == "" || s.Show == "" || s.Seat == "" || s.Status == (Status{}) {
		return nil, fmt.Errorf("ticket of booking %q: stored without a code, booking, show, seat or status", s.Booking)
	}
	s.IssuedAt, s.AdmittedAt = s.IssuedAt.UTC(), s.AdmittedAt.UTC()
	return &Ticket{state: s}, nil
}
