package application

import "example.com/sample/ports/outbound"

type HoldSeats struct {
	bookings outbound.Bookings
}
