package outbound

import (
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// Clock tells the time.
type Clock interface {
	// Now is in UTC, to the microsecond: what a store gives back is what was
	// put in.
	Now() time.Time
}

// IDs makes names that were never used before. Ids are UUIDs version 7
// (RFC 9562), so that they sort by when they were made.
type IDs interface {
	Show() show.ID
	Booking() booking.ID
	// TicketCode cannot be guessed from any other code.
	TicketCode() ticket.Code
}
