// Package booking is a domain package that obeys every rule.
package booking

import (
	"time"

	"example.com/sample/domain/show"
)

// Booking is a claim on a show's seats.
type Booking struct {
	show      show.ID
	heldUntil time.Time
}

// Lapsed takes the time as an argument.
func (b *Booking) Lapsed(now time.Time) bool { return now.After(b.heldUntil) }
