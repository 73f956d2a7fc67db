package sqlitestores

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// SeatMaps reads seat maps from the claims.
func SeatMaps(db *sqlite.DB) outbound.SeatMaps { return seatMaps{db} }

type seatMaps struct{ db *sqlite.DB }

func (r seatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	var sh *show.Show
	claims := booking.Claims{}
	err := r.db.Snapshot(ctx, func(c sqlstore.Conn) (err error) {
		if sh, err = loadShow(ctx, c, id); err != nil {
			return err
		}
		return loadClaims(ctx, c, id, claims)
	})
	if err != nil {
		return booking.SeatMap{}, fmt.Errorf("seat map: %w", err)
	}
	return booking.NewSeatMap(sh, claims)
}

func loadClaims(ctx context.Context, c sqlstore.Conn, id show.ID, claims booking.Claims) error {
	var found []struct {
		Seat   show.Label `db:"seat"`
		Status string     `db:"status"`
	}
	err := c.SelectAll(ctx, &found, `
		SELECT claims.seat, bookings.status
		FROM claims JOIN bookings ON bookings.id = claims.booking_id
		WHERE claims.show_id = ?`, id)
	if err != nil {
		return fmt.Errorf("claims on show %s: %w", id, err)
	}
	for _, claimed := range found {
		if claims[claimed.Seat], err = booking.ParseStatus(claimed.Status); err != nil {
			return err
		}
	}
	return nil
}
