package rows

import (
	"encoding/json"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/internal/timezone"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

// Show is a row of the table shows.
type Show struct {
	ID           string        `db:"id"`
	Organisation string        `db:"organisation"`
	Title        string        `db:"title"`
	Venue        string        `db:"venue"`
	StartsAt     sqlstore.Time `db:"starts_at"`
	TimeZone     string        `db:"time_zone"`
	Currency     string        `db:"currency"`
	Tiers        string        `db:"tiers"`     // JSON of []tier
	SeatRows     string        `db:"seat_rows"` // JSON of []seatRow
	Status       string        `db:"status"`
	CreatedAt    sqlstore.Time `db:"created_at"`
}

type tier struct {
	Name  string `json:"name"`
	Price int64  `json:"price"`
}

type seatRow struct {
	Name  string `json:"name"`
	Seats int    `json:"seats"`
	Tier  string `json:"tier"`
}

// FromShow converts a show to its row.
func FromShow(s *show.Show) (Show, error) {
	v := s.Snapshot()
	tiers := make([]tier, len(v.Tiers))
	for i, t := range v.Tiers {
		tiers[i] = tier{t.Name, t.Price.Amount()}
	}
	seatRows := make([]seatRow, len(v.Rows))
	for i, r := range v.Rows {
		seatRows[i] = seatRow(r)
	}
	tiersJSON, err := json.Marshal(tiers)
	if err != nil {
		return Show{}, err
	}
	seatRowsJSON, err := json.Marshal(seatRows)
	if err != nil {
		return Show{}, err
	}
	return Show{
		ID: string(v.ID), Organisation: string(v.Organisation), Title: v.Title, Venue: v.Venue,
		StartsAt: sqlstore.TimeOf(v.StartsAt), TimeZone: v.TimeZone.String(), Currency: v.Tiers[0].Price.Currency().String(),
		Tiers: string(tiersJSON), SeatRows: string(seatRowsJSON),
		Status: v.Status.String(), CreatedAt: sqlstore.TimeOf(v.CreatedAt),
	}, nil
}

// ToDomain converts the row to a show.
func (r Show) ToDomain() (*show.Show, error) {
	s, err := r.rehydrate()
	if err != nil {
		return nil, fmt.Errorf("row of show %s: %w", r.ID, err)
	}
	return s, nil
}

func (r Show) rehydrate() (*show.Show, error) {
	status, err := show.ParseStatus(r.Status)
	if err != nil {
		return nil, err
	}
	currency, err := money.ParseCurrency(r.Currency)
	if err != nil {
		return nil, err
	}
	zone, err := timezone.Load(r.TimeZone)
	if err != nil {
		return nil, err
	}
	var tiers []tier
	if err := json.Unmarshal([]byte(r.Tiers), &tiers); err != nil {
		return nil, fmt.Errorf("tiers: %w", err)
	}
	var seatRows []seatRow
	if err := json.Unmarshal([]byte(r.SeatRows), &seatRows); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	v := show.Snapshot{
		ID: show.ID(r.ID), Organisation: actor.Organisation(r.Organisation), Title: r.Title, Venue: r.Venue,
		StartsAt: r.StartsAt.Time, TimeZone: zone, Status: status, CreatedAt: r.CreatedAt.Time,
	}
	for _, t := range tiers {
		price, err := money.New(t.Price, currency)
		if err != nil {
			return nil, fmt.Errorf("tier %s: %w", t.Name, err)
		}
		v.Tiers = append(v.Tiers, show.Tier{Name: t.Name, Price: price})
	}
	for _, r := range seatRows {
		v.Rows = append(v.Rows, show.Row(r))
	}
	return show.Rehydrate(v)
}
