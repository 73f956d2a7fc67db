package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// SeatMaps reads the claims.
func (db *DB) SeatMaps() outbound.SeatMaps { return seatMaps{db} }

type seatMaps struct{ db *DB }

// Get is one statement, so that show and claims are of one moment.
func (r seatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	var row struct {
		rows.Show
		Claims []byte `db:"claims"` // JSON: statuses of bookings by label
	}
	err := r.db.reader().get(ctx, &row, `
		SELECT `+showColumns+`, (
			SELECT coalesce(json_object_agg(claims.seat, bookings.status), '{}')
			FROM claims JOIN bookings ON bookings.id = claims.booking_id
			WHERE claims.show_id = shows.id
		) AS claims
		FROM shows WHERE id = $1`, id)
	if err != nil {
		return booking.SeatMap{}, fmt.Errorf("seat map of show %s: %w", id, err)
	}
	sh, err := row.Show.Show()
	if err != nil {
		return booking.SeatMap{}, err
	}
	var statuses map[show.Label]string
	if err := json.Unmarshal(row.Claims, &statuses); err != nil {
		return booking.SeatMap{}, fmt.Errorf("claims on show %s: %w", id, err)
	}
	claims := booking.Claims{}
	for label, name := range statuses {
		if claims[label], err = booking.ParseStatus(name); err != nil {
			return booking.SeatMap{}, fmt.Errorf("claims on show %s: %w", id, err)
		}
	}
	return booking.NewSeatMap(sh, claims)
}
