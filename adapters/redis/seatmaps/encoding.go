package seatmaps

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/portico/adapters/internal/timezone"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// entry is a seat map in Redis. Seats has one letter for the status of each seat, in the
// order of the plan. The show's plan has the other data of the seats.
type entry struct {
	Show  cachedShow `json:"show"`
	Seats string     `json:"seats"`
}

type cachedShow struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation"`
	Title        string    `json:"title"`
	Venue        string    `json:"venue"`
	StartsAt     time.Time `json:"startsAt"`
	TimeZone     string    `json:"timeZone"`
	Currency     string    `json:"currency"`
	Tiers        []tier    `json:"tiers"`
	Rows         []row     `json:"rows"`
	Status       string    `json:"status"`
	CreatedAt    time.Time `json:"createdAt"`
	OpenedAt     time.Time `json:"openedAt"`    // zero if the show was never on sale
	CancelledAt  time.Time `json:"cancelledAt"` // zero if the show is not cancelled
}

type tier struct {
	Name  string `json:"name"`
	Price int64  `json:"price"` // in minor units
}

type row struct {
	Name  string `json:"name"`
	Seats int    `json:"seats"`
	Tier  string `json:"tier"`
}

// letters are the initials of the statuses, in the same order.
const letters = "fhs"

var statuses = []booking.SeatStatus{booking.SeatFree, booking.SeatHeld, booking.SeatSold}

func encode(m booking.SeatMap) ([]byte, error) {
	seats := make([]byte, len(m.Seats))
	for i, s := range m.Seats {
		n := slices.Index(statuses, s.Status)
		if n < 0 {
			return nil, fmt.Errorf("encode seat map: unknown status %s", s.Status)
		}
		seats[i] = letters[n]
	}
	return json.Marshal(entry{newCachedShow(m.Show), string(seats)})
}

func decode(encoded []byte) (booking.SeatMap, error) {
	var e entry
	if err := json.Unmarshal(encoded, &e); err != nil {
		return booking.SeatMap{}, fmt.Errorf("decode seat map: %w", err)
	}
	sh, err := e.Show.show()
	if err != nil {
		return booking.SeatMap{}, fmt.Errorf("decode seat map: %w", err)
	}
	if len(e.Seats) != sh.Plan().Len() || strings.Trim(e.Seats, letters) != "" {
		return booking.SeatMap{}, errors.New("decode seat map: want one status letter per seat")
	}
	m := booking.SeatMap{Show: sh, Seats: make([]booking.MapSeat, 0, len(e.Seats))}
	for s := range sh.Plan().Seats() {
		status := statuses[strings.IndexByte(letters, e.Seats[len(m.Seats)])]
		m.Seats = append(m.Seats, booking.MapSeat{Seat: s, Status: status})
	}
	return m, nil
}

func newCachedShow(s *show.Show) cachedShow {
	v := s.Snapshot()
	c := cachedShow{
		ID: string(v.ID), Organisation: string(v.Organisation), Title: v.Title, Venue: v.Venue,
		StartsAt: v.StartsAt, TimeZone: v.TimeZone.String(),
		Currency: v.Tiers[0].Price.Currency().String(), Status: v.Status.String(), CreatedAt: v.CreatedAt, OpenedAt: v.OpenedAt, CancelledAt: v.CancelledAt,
	}
	for _, t := range v.Tiers {
		c.Tiers = append(c.Tiers, tier{t.Name, t.Price.Amount()})
	}
	for _, r := range v.Rows {
		c.Rows = append(c.Rows, row(r))
	}
	return c
}

func (c cachedShow) show() (*show.Show, error) {
	status, err := show.ParseStatus(c.Status)
	if err != nil {
		return nil, err
	}
	currency, err := money.ParseCurrency(c.Currency)
	if err != nil {
		return nil, err
	}
	zone, err := timezone.Load(c.TimeZone)
	if err != nil {
		return nil, err
	}
	v := show.Snapshot{
		ID: show.ID(c.ID), Organisation: actor.Organisation(c.Organisation), Title: c.Title, Venue: c.Venue,
		StartsAt: c.StartsAt, TimeZone: zone, Status: status, CreatedAt: c.CreatedAt, OpenedAt: c.OpenedAt, CancelledAt: c.CancelledAt,
	}
	for _, t := range c.Tiers {
		price, err := money.New(t.Price, currency)
		if err != nil {
			return nil, err
		}
		v.Tiers = append(v.Tiers, show.Tier{Name: t.Name, Price: price})
	}
	for _, r := range c.Rows {
		v.Rows = append(v.Rows, show.Row(r))
	}
	return show.Rehydrate(v)
}
