package boxofficeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

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
	encoded, err := b.encodeSeatMap(m)
	if err != nil {
		return nil, err
	}
	if rest.MatchesTag(r.Params.IfNoneMatch, encoded.tag) {
		return GetSeatMap304Response{Headers: GetSeatMap304ResponseHeaders{CacheControl: "no-cache", ETag: encoded.tag}}, nil
	}
	return encoded, nil
}

// maxSeatMaps limits the approximate memory of the cached encodings, in bytes. The largest
// encoding takes about 10 MiB.
const maxSeatMaps = 16 << 20

// encodeSeatMap returns the encoding of m. It caches encodings, because encoding takes
// ten times as long as the rest of the request.
func (b *boxOffice) encodeSeatMap(m booking.SeatMap) (encodedSeatMap, error) {
	if known, ok := b.seatMaps.Get(m.Show.ID()); ok && slices.Equal(known.of, m.Seats) {
		return known, nil
	}
	body, err := marshalSeatMap(m)
	if err != nil {
		return encodedSeatMap{}, fmt.Errorf("encode seat map: %w", err)
	}
	encoded := encodedSeatMap{of: m.Seats, body: body, tag: rest.EntityTag(body)}
	b.seatMaps.Set(m.Show.ID(), encoded)
	return encoded, nil
}

// marshalSeatMap returns a [SeatMap] as JSON. It encodes one seat at a time, because
// json.Marshal needs three times the memory of a large map.
func marshalSeatMap(m booking.SeatMap) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	body.WriteString(`{"seats":[`)
	for i, s := range m.Seats {
		if i > 0 {
			body.WriteByte(',')
		}
		if err := encoder.Encode(seatOf(s)); err != nil {
			return nil, err
		}
		body.Truncate(body.Len() - 1) // a line break
		if i == 0 {
			body.Grow(len(m.Seats) * (body.Len() + 8))
		}
	}
	fmt.Fprintf(&body, `],"showId":%q}`, m.Show.ID()) // an id contains nothing to escape
	return body.Bytes(), nil
}

func seatOf(s booking.MapSeat) Seat {
	return Seat{Label: string(s.Label), Tier: s.Tier, Price: moneyOf(s.Price), Status: SeatStatus(s.Status.String())}
}

// encodedSeatMap is a response and the seats that it encodes.
type encodedSeatMap struct {
	of   []booking.MapSeat
	body []byte
	tag  string
}

// size returns the approximate memory that m takes, in bytes.
func (m encodedSeatMap) size() int {
	const perSeat = 100
	return cap(m.body) + perSeat*len(m.of)
}

func (m encodedSeatMap) VisitGetSeatMapResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", m.tag)
	_, err := w.Write(m.body)
	return err
}
