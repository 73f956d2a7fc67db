package outbound

import (
	"context"

	"example.com/sample/domain/booking"
)

type Bookings interface {
	Add(ctx context.Context, b *booking.Booking) error
}
