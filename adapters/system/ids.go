package system

import (
	"crypto/rand"

	"github.com/google/uuid"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// IDs makes ids from the time and random bits, and ticket codes from random
// bits alone.
type IDs struct{}

// Show is a UUID version 7.
func (IDs) Show() show.ID { return show.ID(newUUID()) }

// Booking is a UUID version 7.
func (IDs) Booking() booking.ID { return booking.ID(newUUID()) }

func newUUID() string {
	return uuid.Must(uuid.NewV7()).String() // fails only where crypto/rand does, which never returns then
}

// crockford are the digits of Crockford's base 32: no I, L, O or U, so that
// nobody takes one for another (https://www.crockford.com/base32.html).
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TicketCode takes 5 random bits for each of its 26 characters.
func (IDs) TicketCode() ticket.Code {
	var code [26]byte
	_, _ = rand.Read(code[:]) // never fails: it ends the process instead
	for i, b := range code {
		code[i] = crockford[b%32]
	}
	return ticket.Code(code[:])
}
