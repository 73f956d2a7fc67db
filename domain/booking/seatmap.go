package booking

import (
	"fmt"

	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// SeatStatus is one of SeatFree, SeatHeld and SeatSold.
type SeatStatus struct{ name string }

// A seat is held by a booking before it is confirmed, and sold by one after.
var (
	SeatFree = SeatStatus{"free"}
	SeatHeld = SeatStatus{"held"}
	SeatSold = SeatStatus{"sold"}
)

func (s SeatStatus) String() string { return s.name }

// Claims are the seats of one show that live bookings claim, with the status of
// the booking.
type Claims map[show.Label]Status

// SeatMap is what a show's house looks like to somebody who wants to book.
type SeatMap struct {
	Show  *show.Show
	Seats []MapSeat
}

// MapSeat is one seat of a map.
type MapSeat struct {
	Label  show.Label
	Tier   string
	Price  money.Money
	Status SeatStatus
}

// NewSeatMap colours a show's plan with the claims on it. It fails when a claim
// is not of a live booking on a seat of the plan.
func NewSeatMap(sh *show.Show, claims Claims) (SeatMap, error) {
	m := SeatMap{Show: sh, Seats: make([]MapSeat, 0, sh.Plan().Len())}
	claimed := 0
	for s := range sh.Plan().Seats() {
		status := SeatFree
		if by, ok := claims[s.Label]; ok {
			claimed++
			status = SeatHeld
			if by == StatusConfirmed {
				status = SeatSold
			}
			if !by.Live() {
				return SeatMap{}, fmt.Errorf("seat map of %s: %s is claimed by a booking that is %s", sh.ID(), s.Label, by)
			}
		}
		m.Seats = append(m.Seats, MapSeat{Label: s.Label, Tier: s.Tier, Price: s.Price, Status: status})
	}
	if claimed != len(claims) {
		return SeatMap{}, fmt.Errorf("seat map of %s: %d claims are on seats that the plan lacks", sh.ID(), len(claims)-claimed)
	}
	return m, nil
}
