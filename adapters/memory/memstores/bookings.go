package memstores

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// request identifies the request that made a booking.
type request struct {
	customer actor.ID
	key      ports.IdempotencyKey
}

type place struct {
	show  show.ID
	label show.Label
}

type bookings struct {
	db *DB
	memory.Session
}

func (r bookings) Add(ctx context.Context, b *booking.Booking, key ports.IdempotencyKey, limits booking.Limits) (*booking.Booking, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*booking.Booking, error) {
		requested := request{b.Customer(), key}
		if first, ok := r.db.requests.Rows[requested]; ok {
			return r.replay(first, b)
		}
		if err := r.claim(b, limits); err != nil {
			return nil, fmt.Errorf("add booking: %w", err)
		}
		r.db.requests.Put(requested, b.ID())
		r.put(ctx, b)
		return r.db.bookings.load(b.ID())
	})
}

// replay returns the booking that an earlier request with the same key made.
func (r bookings) replay(first booking.ID, requested *booking.Booking) (*booking.Booking, error) {
	b, err := r.db.bookings.load(first)
	if err != nil {
		return nil, err
	}
	if !b.Matches(requested.Show(), requested.Labels()) {
		return nil, fmt.Errorf("add booking: %w", ports.ErrIdempotencyKeyReused)
	}
	return b, nil
}

// claim takes all seats of a new booking, or none.
func (r bookings) claim(b *booking.Booking, limits booking.Limits) error {
	if r.db.bookings.Has(b.ID()) {
		return fmt.Errorf("booking %s: %w", b.ID(), ports.ErrExists)
	}
	sh, ok := r.db.shows.Rows[b.Show()]
	if !ok {
		return fmt.Errorf("show %s: %w", b.Show(), ports.ErrNotFound)
	}
	if sh.Status != show.StatusOnSale {
		return &show.NotOnSaleError{Status: sh.Status}
	}
	var taken []show.Label
	for _, l := range b.Labels() {
		if r.db.claims.Has(place{b.Show(), l}) {
			taken = append(taken, l)
		}
	}
	if len(taken) > 0 {
		return &booking.SeatsTakenError{Labels: taken}
	}
	if err := limits.CheckHold(r.usage(b), len(b.Seats())); err != nil {
		return err
	}
	for _, l := range b.Labels() {
		r.db.claims.Put(place{b.Show(), l}, b.ID())
	}
	return nil
}

// usage returns what the customer of b has claimed.
func (r bookings) usage(b *booking.Booking) booking.Usage {
	var u booking.Usage
	for _, other := range r.db.bookings.Rows {
		if other.Customer != b.Customer() {
			continue
		}
		if other.Show == b.Show() && other.Status.Unpaid() {
			u.Holds++
			u.Seats += len(other.Seats)
		}
		if !other.CreatedAt.Before(b.CreatedAt().Truncate(time.Minute)) {
			u.HoldsThisMinute++
		}
	}
	return u
}

// put stores a booking and its events. It frees the seats of a booking that is no longer
// live.
func (r bookings) put(ctx context.Context, b *booking.Booking) {
	if r.db.bookings.Rows[b.ID()].Status.Live() && !b.Status().Live() {
		for _, l := range b.Labels() {
			r.db.claims.Delete(place{b.Show(), l})
		}
	}
	r.db.bookings.Put(b.ID(), b.Snapshot())
	r.StoreEvents(ctx, string(b.ID()), b.Events())
}

func (r bookings) Get(ctx context.Context, id booking.ID) (*booking.Booking, error) {
	return r.db.bookings.get(ctx, r.Session, id)
}

func (r bookings) ByKey(ctx context.Context, customer actor.ID, key ports.IdempotencyKey) (*booking.Booking, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*booking.Booking, error) {
		id, ok := r.db.requests.Rows[request{customer, key}]
		if !ok {
			return nil, fmt.Errorf("booking by key: %w", ports.ErrNotFound)
		}
		return r.db.bookings.load(id)
	})
}

func (r bookings) Update(ctx context.Context, id booking.ID, change func(*booking.Booking) error) (*booking.Booking, error) {
	return r.db.bookings.update(ctx, r.Session, id, change, r.put)
}

func (r bookings) StartPayment(ctx context.Context, id booking.ID, limits booking.Limits, change func(*booking.Booking) error) (*booking.Booking, error) {
	return r.Update(ctx, id, func(b *booking.Booking) error {
		if err := change(b); err != nil {
			return err
		}
		inProgress := 0
		for _, other := range r.db.bookings.Rows {
			if other.Customer == b.Customer() && other.Status == booking.StatusPaying {
				inProgress++
			}
		}
		return limits.CheckPayment(inProgress)
	})
}

func (r bookings) List(ctx context.Context, q outbound.BookingQuery) ([]*booking.Booking, error) {
	return r.db.bookings.page(ctx, r.Session, q.After, q.Limit, func(b booking.Snapshot) bool {
		return (q.Customer == "" || b.Customer == q.Customer) && (q.Show == "" || b.Show == q.Show)
	})
}

func (r bookings) ListDue(ctx context.Context, d outbound.DueFilter, after outbound.DueBooking, limit int) ([]outbound.DueBooking, error) {
	inOrder := func(a, b outbound.DueBooking) int {
		if d.OfCancelledShows || d.OfCancelledShow != "" {
			return cmp.Or(cmp.Compare(a.Show, b.Show), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID))
	}
	return memory.AtomicReturning(ctx, r.Session, func() ([]outbound.DueBooking, error) {
		var due []outbound.DueBooking
		for _, row := range r.db.bookings.Rows {
			if b, ok := r.dueBooking(row, d); ok && inOrder(b, after) > 0 {
				due = append(due, b)
			}
		}
		slices.SortFunc(due, inOrder)
		return due[:min(limit, len(due))], nil
	})
}

// dueBooking reports whether d selects b.
func (r bookings) dueBooking(b booking.Snapshot, d outbound.DueFilter) (due outbound.DueBooking, ok bool) {
	due = outbound.DueBooking{ID: b.ID, Show: b.Show, Since: b.HeldUntil}
	switch {
	case !d.LapsedAt.IsZero():
		return due, b.Status == booking.StatusHeld && !b.HeldUntil.After(d.LapsedAt)
	case !d.PayingSince.IsZero():
		due.Since = b.PayingSince
		return due, b.Status == booking.StatusPaying && !b.PayingSince.After(d.PayingSince)
	case d.OfCancelledShows:
		return due, r.db.toWindUp(b.Show) && (b.Status == booking.StatusHeld || b.Status == booking.StatusConfirmed)
	case d.OfCancelledShow == b.Show:
		cancelled := r.db.shows.Rows[b.Show].Status == show.StatusCancelled
		return due, cancelled && (b.Status == booking.StatusHeld || b.Status == booking.StatusConfirmed)
	default:
		return due, false
	}
}
