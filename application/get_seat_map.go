package application

import (
	"context"

	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type GetSeatMap struct{ maps outbound.SeatMaps }

func (uc *GetSeatMap) Handle(ctx context.Context, q inbound.GetSeatMap) (booking.SeatMap, error) {
	m, err := uc.maps.Get(ctx, q.Show)
	if err != nil {
		return booking.SeatMap{}, err
	}
	if err := visibleTo(m.Show, q.Actor); err != nil {
		return booking.SeatMap{}, err
	}
	return m, nil
}
