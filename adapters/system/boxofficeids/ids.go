// Package boxofficeids makes time-ordered ids and random ticket codes.
package boxofficeids

import (
	"crypto/rand"

	"example.com/portico/adapters/internal/ids"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

var _ outbound.IDs = IDs{}

// IDs makes version 7 UUIDs as ids, and random ticket codes.
type IDs struct{}

func (IDs) Show() show.ID { return show.ID(ids.New()) }

func (IDs) Booking() booking.ID { return booking.ID(ids.New()) }

// crockford holds the digits of Crockford's base 32, which omits I, L, O and U
// (https://www.crockford.com/base32.html).
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TicketCode returns a code with 5 random bits in each of its 26 characters.
func (IDs) TicketCode() ticket.Code {
	var code [26]byte
	_, _ = rand.Read(code[:]) // never fails: crypto/rand ends the process instead
	for i, b := range code {
		code[i] = crockford[b%32]
	}
	return ticket.Code(code[:])
}
