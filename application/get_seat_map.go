package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// GetSeatMap shows which seats are free, held and sold to whoever may see the
// show.
type GetSeatMap struct{ Maps outbound.SeatMaps }

// Handle finds the map.
func (uc *GetSeatMap) Handle(ctx context.Context, q inbound.GetSeatMap) (booking.SeatMap, error) {
	m, err := uc.Maps.Get(ctx, q.Show)
	if err != nil {
		return booking.SeatMap{}, err
	}
	return m, visibleTo(m.Show, q.Actor)
}
