package booking

import (
	"fmt"
	"slices"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Snapshot is the stored state of a booking. Times are in UTC.
type Snapshot struct {
	ID          ID
	Show        show.ID
	Customer    actor.ID
	Email       string // where the tickets are sent; may be empty
	Seats       []show.Seat
	Total       money.Money
	Status      Status
	HeldUntil   time.Time // when the hold lapses
	Attempt     int       // the number of payment attempts so far
	PayingSince time.Time // when the last attempt began; zero if there was none or it was declined
	Declined    string    // why the last attempt was declined, if it was
	Refund      RefundStatus
	CreatedAt   time.Time
}

// Snapshot returns a copy of the state, without events.
func (b *Booking) Snapshot() Snapshot {
	s := b.state
	s.Seats = slices.Clone(s.Seats)
	return s
}

// Rehydrate restores a booking from its stored state. It checks that the state is
// complete, but does not check business rules.
func Rehydrate(s Snapshot) (*Booking, error) {
	if s.ID == "" || s.Show == "" || s.Customer == "" || len(s.Seats) == 0 || s.Status == (Status{}) {
		return nil, fmt.Errorf("booking %q: stored without an id, show, customer, seats or status", s.ID)
	}
	s.Seats = slices.Clone(s.Seats)
	s.HeldUntil, s.PayingSince, s.CreatedAt = s.HeldUntil.UTC(), s.PayingSince.UTC(), s.CreatedAt.UTC()
	return &Booking{state: s}, nil
}
