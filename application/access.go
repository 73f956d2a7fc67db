package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// An object of another customer or theatre is reported as ports.ErrNotFound, as if it did
// not exist.

// belongsTo returns ports.ErrNotFound unless the booking belongs to the customer.
func belongsTo(b *booking.Booking, c actor.Person) error {
	if b.Customer() != c.ID {
		return fmt.Errorf("booking %s: %w", b.ID(), ports.ErrNotFound)
	}
	return nil
}

// ownBooking returns the booking if it belongs to the actor. The actor must be a
// customer.
func ownBooking(ctx context.Context, bookings outbound.Bookings, a actor.Actor, id booking.ID) (*booking.Booking, error) {
	customer, err := role.AsCustomer(a)
	if err != nil {
		return nil, err
	}
	b, err := bookings.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := belongsTo(b, customer); err != nil {
		return nil, err
	}
	return b, nil
}

// visibleTo returns ports.ErrNotFound unless the actor may see the show.
func visibleTo(sh *show.Show, a actor.Actor) error {
	if !sh.VisibleTo(a) {
		return fmt.Errorf("show %s: %w", sh.ID(), ports.ErrNotFound)
	}
	return nil
}

// organisedBy returns ports.ErrNotFound unless the show belongs to the organiser's
// organisation.
func organisedBy(sh *show.Show, organiser actor.Staff) error {
	if sh.Organisation() != organiser.Organisation {
		return fmt.Errorf("show %s: %w", sh.ID(), ports.ErrNotFound)
	}
	return nil
}
