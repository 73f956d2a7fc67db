package booking_test

import (
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

func TestNewSeatMap(t *testing.T) {
	t.Run("gives every seat of the plan its status", func(t *testing.T) {
		sh := hamlet(t)
		m, err := booking.NewSeatMap(sh, booking.Claims{"A-1": booking.StatusHeld, "A-2": booking.StatusPaying, "B-1": booking.StatusConfirmed})
		wantNoError(t, err)
		if m.Show != sh || len(m.Seats) != sh.Plan().Len() {
			t.Errorf("%d seats of show %s, want %d of s1", len(m.Seats), m.Show.ID(), sh.Plan().Len())
		}
		want := map[show.Label]booking.SeatStatus{"A-1": booking.SeatHeld, "A-2": booking.SeatHeld, "B-1": booking.SeatSold}
		i := 0
		for seat := range sh.Plan().Seats() {
			status, claimed := want[seat.Label]
			if !claimed {
				status = booking.SeatFree
			}
			if got := m.Seats[i]; got != (booking.MapSeat{Seat: seat, Status: status}) {
				t.Errorf("got %v, want %s to be %s", got, seat.Label, status)
			}
			i++
		}
	})
	t.Run("marks every seat as free if there are no claims", func(t *testing.T) {
		m, err := booking.NewSeatMap(hamlet(t), nil)
		wantNoError(t, err)
		for _, seat := range m.Seats {
			if seat.Status != booking.SeatFree {
				t.Errorf("%s is %s", seat.Label, seat.Status)
			}
		}
	})
	t.Run("refuses a claim by an expired or cancelled booking", func(t *testing.T) {
		for _, s := range []booking.Status{booking.StatusExpired, booking.StatusCancelled} {
			if _, err := booking.NewSeatMap(hamlet(t), booking.Claims{"A-1": s}); err == nil {
				t.Errorf("NewSeatMap accepted a claim with status %s", s)
			}
		}
	})
	t.Run("refuses a claim on a seat that is not in the plan", func(t *testing.T) {
		if _, err := booking.NewSeatMap(hamlet(t), booking.Claims{"Z-1": booking.StatusHeld, "A-1": booking.StatusHeld}); err == nil {
			t.Error("NewSeatMap accepted a claim on Z-1")
		}
	})
}
