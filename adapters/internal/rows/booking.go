// Package rows converts what the domain stores to rows of SQL tables and back.
package rows

import (
	"encoding/json"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// Booking is a row of the table bookings, without the idempotency key: the domain
// does not know it.
type Booking struct {
	ID          string        `db:"id"`
	Show        string        `db:"show_id"`
	Customer    string        `db:"customer_id"`
	Email       string        `db:"email"`
	Seats       string        `db:"seats"` // JSON of []seat
	Total       int64         `db:"total"`
	Currency    string        `db:"currency"`
	Status      string        `db:"status"`
	HeldUntil   sqlstore.Time `db:"held_until"`
	Attempt     int           `db:"attempt"`
	PayingSince sqlstore.Time `db:"paying_since"`
	Declined    string        `db:"declined"`
	Refund      string        `db:"refund"`
	CreatedAt   sqlstore.Time `db:"created_at"`
}

// KeyedBooking is a whole row of the table bookings.
type KeyedBooking struct {
	Booking
	Key ports.IdempotencyKey `db:"idempotency_key"`
}

type seat struct {
	Label string `json:"label"`
	Tier  string `json:"tier"`
	Price int64  `json:"price"`
}

// FromBooking converts a booking to its row.
func FromBooking(b *booking.Booking) (Booking, error) {
	v := b.Snapshot()
	seats := make([]seat, len(v.Seats))
	for i, s := range v.Seats {
		seats[i] = seat{string(s.Label), s.Tier, s.Price.Amount()}
	}
	seatsJSON, err := json.Marshal(seats)
	if err != nil {
		return Booking{}, err
	}
	return Booking{
		ID: string(v.ID), Show: string(v.Show), Customer: string(v.Customer), Email: v.Email,
		Seats: string(seatsJSON), Total: v.Total.Amount(), Currency: v.Total.Currency().String(),
		Status: v.Status.String(), HeldUntil: sqlstore.TimeOf(v.HeldUntil), Attempt: v.Attempt, PayingSince: sqlstore.TimeOf(v.PayingSince),
		Declined: v.Declined, Refund: v.Refund.String(), CreatedAt: sqlstore.TimeOf(v.CreatedAt),
	}, nil
}

// ToDomain converts the row to a booking.
func (r Booking) ToDomain() (*booking.Booking, error) {
	b, err := r.rehydrate()
	if err != nil {
		return nil, fmt.Errorf("row of booking %s: %w", r.ID, err)
	}
	return b, nil
}

func (r Booking) rehydrate() (*booking.Booking, error) {
	status, err := booking.ParseStatus(r.Status)
	if err != nil {
		return nil, err
	}
	refund, err := booking.ParseRefundStatus(r.Refund)
	if err != nil {
		return nil, err
	}
	currency, err := money.ParseCurrency(r.Currency)
	if err != nil {
		return nil, err
	}
	total, err := money.New(r.Total, currency)
	if err != nil {
		return nil, fmt.Errorf("total: %w", err)
	}
	var seats []seat
	if err := json.Unmarshal([]byte(r.Seats), &seats); err != nil {
		return nil, fmt.Errorf("seats: %w", err)
	}
	v := booking.Snapshot{
		ID: booking.ID(r.ID), Show: show.ID(r.Show), Customer: actor.ID(r.Customer), Email: r.Email,
		Total: total, Status: status, HeldUntil: r.HeldUntil.Time, Attempt: r.Attempt, PayingSince: r.PayingSince.Time,
		Declined: r.Declined, Refund: refund, CreatedAt: r.CreatedAt.Time,
	}
	for _, s := range seats {
		price, err := money.New(s.Price, currency)
		if err != nil {
			return nil, fmt.Errorf("seat %s: %w", s.Label, err)
		}
		v.Seats = append(v.Seats, show.Seat{Label: show.Label(s.Label), Tier: s.Tier, Price: price})
	}
	return booking.Rehydrate(v)
}
