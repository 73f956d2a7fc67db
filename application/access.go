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

// What belongs to somebody else is not there: nobody learns more than that.

// belongsTo hides a booking from all but its customer.
func belongsTo(b *booking.Booking, c actor.Person) error {
	if b.Customer() != c.ID {
		return fmt.Errorf("booking %s: %w", b.ID(), ports.ErrNotFound)
	}
	return nil
}

// ownBooking finds a booking of the actor's, who is a customer.
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

// visibleTo hides a draft from all but its organisation.
func visibleTo(sh *show.Show, a actor.Actor) error {
	if !sh.VisibleTo(a) {
		return fmt.Errorf("show %s: %w", sh.ID(), ports.ErrNotFound)
	}
	return nil
}

// organisedBy hides a show from the organisers of other organisations.
func organisedBy(sh *show.Show, organiser actor.Staff) error {
	if sh.Organisation() != organiser.Organisation {
		return fmt.Errorf("show %s: %w", sh.ID(), ports.ErrNotFound)
	}
	return nil
}
