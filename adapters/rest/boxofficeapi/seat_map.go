package boxofficeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
)

func (b *boxOffice) GetSeatMap(ctx context.Context, r GetSeatMapRequestObject) (GetSeatMapResponseObject, error) {
	m, err := b.useCases.GetSeatMap.Handle(ctx, inbound.GetSeatMap{Actor: rest.ActorOf(ctx), Show: show.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	encoded, err := b.seatMaps.encode(m)
	if err != nil {
		return nil, err
	}
	if rest.MatchesTag(r.Params.IfNoneMatch, encoded.tag) {
		return GetSeatMap304Response{Headers: GetSeatMap304ResponseHeaders{CacheControl: "no-cache", ETag: encoded.tag}}, nil
	}
	return encoded, nil
}

// maxSeatMaps is how many encoded maps are kept. The largest takes about 4 MB.
const maxSeatMaps = 64

// seatMaps caches the last encoding of each map. Encoding takes ten times as
// long as the rest of the request. A full cache is emptied: it costs one encoding
// per map, and no order has to be kept.
type seatMaps struct {
	mu   sync.Mutex
	last map[show.ID]encodedSeatMap
}

func (c *seatMaps) encode(m booking.SeatMap) (encodedSeatMap, error) {
	c.mu.Lock()
	known := c.last[m.Show.ID()]
	c.mu.Unlock()
	if known.body != nil && slices.Equal(known.of, m.Seats) {
		return known, nil
	}
	body, err := json.Marshal(seatMapOf(m))
	if err != nil {
		return encodedSeatMap{}, fmt.Errorf("encode seat map: %w", err)
	}
	encoded := encodedSeatMap{of: m.Seats, body: body, tag: rest.EntityTag(body)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) >= maxSeatMaps {
		c.last = make(map[show.ID]encodedSeatMap)
	}
	c.last[m.Show.ID()] = encoded
	return encoded, nil
}

func seatMapOf(m booking.SeatMap) SeatMap {
	out := SeatMap{ShowID: string(m.Show.ID()), Seats: make([]Seat, len(m.Seats))}
	for i, s := range m.Seats {
		out.Seats[i] = Seat{
			Label:  string(s.Label),
			Tier:   s.Tier,
			Price:  moneyOf(s.Price),
			Status: SeatStatus(s.Status.String()),
		}
	}
	return out
}

// encodedSeatMap is a response with the seats that it was made from.
type encodedSeatMap struct {
	of   []booking.MapSeat
	body []byte
	tag  string
}

// VisitGetSeatMapResponse writes the response.
func (m encodedSeatMap) VisitGetSeatMapResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", m.tag)
	_, err := w.Write(m.body)
	return err
}
