package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// SeatMaps remembers the maps of another store for two seconds, or until they
// are forgotten.
type SeatMaps struct{ cache *cache[booking.SeatMap] }

// NewSeatMaps is told through report each time that it has to do without Redis.
func NewSeatMaps(c *Client, source outbound.SeatMaps, report func(context.Context, error)) *SeatMaps {
	return &SeatMaps{&cache[booking.SeatMap]{
		redis:  c.redis,
		prefix: "portico:seatmap",
		load: func(ctx context.Context, id string) (booking.SeatMap, error) {
			return source.Get(ctx, show.ID(id))
		},
		encode:      encodeSeatMap,
		decode:      decodeSeatMap,
		report:      report,
		shelfLife:   2 * time.Second,
		longestWait: 500 * time.Millisecond,
	}}
}

// Get is as outbound.SeatMaps says. Callers who ask at once share the map:
// it is to be read only.
func (m *SeatMaps) Get(ctx context.Context, id show.ID) (booking.SeatMap, error) {
	return m.cache.get(ctx, string(id))
}

// Forget is for when shows or their bookings have changed. Errors:
// ErrUnavailable; what could not be forgotten is still gone two seconds later.
func (m *SeatMaps) Forget(ctx context.Context, ids ...show.ID) error {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	return m.cache.forget(ctx, keys...)
}

// seatMap is how a map is kept: the plan says all of a seat but its status.
type seatMap struct {
	Show  rows.Show `json:"show"`
	Seats string    `json:"seats"` // a letter each, in the order of the plan
}

// letters are indices of statuses.
const letters = "fhs"

var statuses = []booking.SeatStatus{booking.SeatFree, booking.SeatHeld, booking.SeatSold}

func encodeSeatMap(m booking.SeatMap) ([]byte, error) {
	row, err := rows.FromShow(m.Show)
	if err != nil {
		return nil, fmt.Errorf("encode seat map: %w", err)
	}
	seats := make([]byte, len(m.Seats))
	for i, s := range m.Seats {
		n := slices.Index(statuses, s.Status)
		if n < 0 {
			return nil, fmt.Errorf("encode seat map: no letter for seats that are %s", s.Status)
		}
		seats[i] = letters[n]
	}
	return json.Marshal(seatMap{row, string(seats)})
}

func decodeSeatMap(entry []byte) (booking.SeatMap, error) {
	var kept seatMap
	if err := json.Unmarshal(entry, &kept); err != nil {
		return booking.SeatMap{}, fmt.Errorf("decode seat map: %w", err)
	}
	sh, err := kept.Show.ToDomain()
	if err != nil {
		return booking.SeatMap{}, fmt.Errorf("decode seat map: %w", err)
	}
	if len(kept.Seats) != sh.Plan().Len() || strings.Trim(kept.Seats, letters) != "" {
		return booking.SeatMap{}, fmt.Errorf("decode seat map: %q is not a status for each seat", kept.Seats)
	}
	m := booking.SeatMap{Show: sh, Seats: make([]booking.MapSeat, 0, len(kept.Seats))}
	for s := range sh.Plan().Seats() {
		status := statuses[strings.IndexByte(letters, kept.Seats[len(m.Seats)])]
		m.Seats = append(m.Seats, booking.MapSeat{Label: s.Label, Tier: s.Tier, Price: s.Price, Status: status})
	}
	return m, nil
}
