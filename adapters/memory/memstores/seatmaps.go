package memstores

import (
	"context"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

type seatMaps struct{ db *DB }

func (r seatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	return memory.AtomicReturning(ctx, r.db.engine.Session(), func() (booking.SeatMap, error) {
		sh, err := r.db.shows.load(id)
		if err != nil {
			return booking.SeatMap{}, err
		}
		claims := booking.Claims{}
		for claimed, by := range r.db.claims.Rows {
			if claimed.show == id {
				claims[claimed.label] = r.db.bookings.Rows[by].Status
			}
		}
		return booking.NewSeatMap(sh, claims)
	})
}
