package rows

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

// SeatMaps implements [outbound.SeatMaps] with a statement of a database.
type SeatMaps struct {
	sqlstore.Session
	// Query returns the columns of a show, and in the column claims the status of
	// its bookings by seat, as a JSON object. It is one statement, so that show and
	// claims are consistent.
	Query string
}

func (r SeatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	var row struct {
		Show
		Claims []byte `db:"claims"`
	}
	if err := r.Reader().GetOne(ctx, &row, r.Query, id); err != nil {
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
