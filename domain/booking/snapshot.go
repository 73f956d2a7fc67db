package booking

import (
	"fmt"
	"slices"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Snapshot is a booking's whole state, for those who store it.
type Snapshot struct {
	ID          ID
	Show        show.ID
	Customer    actor.ID
	Email       string
	Seats       []show.Seat
	Total       money.Money
	Status      Status
	HeldUntil   time.Time
	Attempt     int
	PayingSince time.Time // zero before the first attempt and after a declined one
	Declined    string
	Refund      RefundStatus
	CreatedAt   time.Time
}

// Snapshot copies the state, without the events.
func (b *Booking) Snapshot() Snapshot {
	return Snapshot{
		ID: b.id, Show: b.show, Customer: b.customer, Email: b.email, Seats: slices.Clone(b.seats),
		Total: b.total, Status: b.status, HeldUntil: b.heldUntil, Attempt: b.attempt,
		PayingSince: b.payingSince, Declined: b.declined, Refund: b.refund, CreatedAt: b.createdAt,
	}
}

// Rehydrate makes a booking from what was stored. It checks the shape and
// leaves the rules alone: they were kept when the booking changed.
func Rehydrate(v Snapshot) (*Booking, error) {
	if v.ID == "" || v.Show == "" || v.Customer == "" || len(v.Seats) == 0 || v.Status == (Status{}) {
		return nil, fmt.Errorf("booking %q: stored without an id, a show, a customer, seats or a status", v.ID)
	}
	return &Booking{
		id: v.ID, show: v.Show, customer: v.Customer, email: v.Email, seats: slices.Clone(v.Seats),
		total: v.Total, status: v.Status, heldUntil: v.HeldUntil.UTC(), attempt: v.Attempt,
		payingSince: v.PayingSince.UTC(), declined: v.Declined, refund: v.Refund, createdAt: v.CreatedAt.UTC(),
	}, nil
}
