package outbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// IDs makes unique ids. They are UUIDs version 7 (RFC 9562), which sort by time.
type IDs interface {
	Show() show.ID
	Booking() booking.ID
	// TicketCode returns a code that cannot be guessed from other codes.
	TicketCode() ticket.Code
}
