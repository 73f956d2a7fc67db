package outbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// IDs makes unique ids. Show and booking ids are version 7 UUIDs (RFC 9562), which sort
// by time.
type IDs interface {
	Show() show.ID
	Booking() booking.ID
	// TicketCode returns a code that cannot be guessed from other codes.
	TicketCode() ticket.Code
}
