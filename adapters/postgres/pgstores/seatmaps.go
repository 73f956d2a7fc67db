package pgstores

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/adapters/postgres"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// SeatMaps reads seat maps from the claims.
func SeatMaps(db *postgres.DB) outbound.SeatMaps { return seatMaps{db} }

type seatMaps struct{ db *postgres.DB }

// Get is one statement, so that show and claims are consistent.
func (r seatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	var row struct {
		rows.Show
		Claims []byte `db:"claims"` // JSON: status of the booking by label
	}
	err := r.db.Reader().GetOne(ctx, &row, `
		SELECT `+showColumns.List+`, (
			SELECT coalesce(json_object_agg(claims.seat, bookings.status), '{}')
			FROM claims JOIN bookings ON bookings.id = claims.booking_id
			WHERE claims.show_id = shows.id
		) AS claims
		FROM shows WHERE id = $1`, id)
	if err != nil {
		return booking.SeatMap{}, fmt.Errorf("seat map of show %s: %w", id, err)
	}
	sh, err := row.ToDomain()
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
