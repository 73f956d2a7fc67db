package outbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// IDs makes names that were never used before. Ids are UUIDs version 7
// (RFC 9562), so that they sort by when they were made.
type IDs interface {
	Show() show.ID
	Booking() booking.ID
	// TicketCode cannot be guessed from any other code.
	TicketCode() ticket.Code
}
