package booking

import (
	"fmt"

	"example.com/portico/domain/show"
)

// SeatStatus is SeatFree, SeatHeld or SeatSold.
type SeatStatus struct{ name string }

// A claimed seat is held until its booking is confirmed, and sold afterwards.
var (
	SeatFree = SeatStatus{"free"}
	SeatHeld = SeatStatus{"held"}
	SeatSold = SeatStatus{"sold"}
)

func (s SeatStatus) String() string { return s.name }

// Claims maps each claimed seat of one show to the status of its booking.
type Claims map[show.Label]Status

// SeatMap lists the seats of a show and their statuses.
type SeatMap struct {
	Show  *show.Show
	Seats []MapSeat
}

// MapSeat is one seat of a [SeatMap].
type MapSeat struct {
	show.Seat
	Status SeatStatus
}

// NewSeatMap combines a show's plan with the claims on its seats. It fails if a claim has
// a status that is not live, or a seat that is not in the plan.
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
				return SeatMap{}, fmt.Errorf("seat map of show %s: seat %s is claimed by a booking with status %s", sh.ID(), s.Label, by)
			}
		}
		m.Seats = append(m.Seats, MapSeat{Seat: s, Status: status})
	}
	if claimed != len(claims) {
		return SeatMap{}, fmt.Errorf("seat map of show %s: %d claims on unknown seats", sh.ID(), len(claims)-claimed)
	}
	return m, nil
}
