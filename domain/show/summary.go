package show

import (
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/money"
)

// Summary describes a show without its seating plan, which may be large.
type Summary struct {
	ID           ID
	Organisation actor.Organisation
	Title        string
	Venue        string
	StartsAt     time.Time // in UTC
	TimeZone     *time.Location
	Currency     money.Currency
	Seats        int // in the seating plan
	Status       Status
	CreatedAt    time.Time
}

// Summary returns the current state of the show, without its seating plan.
func (s *Show) Summary() Summary {
	v := s.state
	return Summary{
		ID: v.ID, Organisation: v.Organisation, Title: v.Title, Venue: v.Venue, StartsAt: v.StartsAt, TimeZone: v.TimeZone,
		Currency: s.plan.tiers[0].Price.Currency(), Seats: s.plan.Len(), Status: v.Status, CreatedAt: v.CreatedAt,
	}
}
