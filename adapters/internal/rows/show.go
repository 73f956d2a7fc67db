package rows

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/adapters/internal/timezone"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
)

// Show is a row of the table shows.
type Show struct {
	ShowSummary
	Tiers       string        `db:"tiers"`        // JSON of []tier
	SeatRows    string        `db:"seat_rows"`    // JSON of []seatRow
	OpenedAt    sqlstore.Time `db:"opened_at"`    // NULL if it was never on sale
	CancelledAt sqlstore.Time `db:"cancelled_at"` // NULL if it is not cancelled
}

// ShowSummary is a row of the table shows without the seating plan.
type ShowSummary struct {
	ID           string        `db:"id"`
	Organisation string        `db:"organisation"`
	Title        string        `db:"title"`
	Venue        string        `db:"venue"`
	StartsAt     sqlstore.Time `db:"starts_at"`
	TimeZone     string        `db:"time_zone"`
	Currency     string        `db:"currency"`
	Seats        int           `db:"seats"`
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
	sum := s.Summary()
	return Show{
		ShowSummary: ShowSummary{
			ID: string(sum.ID), Organisation: string(sum.Organisation), Title: sum.Title, Venue: sum.Venue,
			StartsAt: sqlstore.TimeOf(sum.StartsAt), TimeZone: sum.TimeZone.String(), Currency: sum.Currency.String(), Seats: sum.Seats,
			Status: sum.Status.String(), CreatedAt: sqlstore.TimeOf(sum.CreatedAt),
		},
		Tiers: string(tiersJSON), SeatRows: string(seatRowsJSON),
		OpenedAt: sqlstore.TimeOf(v.OpenedAt), CancelledAt: sqlstore.TimeOf(v.CancelledAt),
	}, nil
}

func (r ShowSummary) ToDomain() (show.Summary, error) {
	s, err := r.summary()
	if err != nil {
		return show.Summary{}, fmt.Errorf("row of show %s: %w", r.ID, err)
	}
	return s, nil
}

func (r ShowSummary) summary() (show.Summary, error) {
	status, err := show.ParseStatus(r.Status)
	if err != nil {
		return show.Summary{}, err
	}
	currency, err := money.ParseCurrency(r.Currency)
	if err != nil {
		return show.Summary{}, err
	}
	zone, err := timezone.Load(r.TimeZone)
	if err != nil {
		return show.Summary{}, err
	}
	return show.Summary{
		ID: show.ID(r.ID), Organisation: actor.Organisation(r.Organisation), Title: r.Title, Venue: r.Venue,
		StartsAt: r.StartsAt.Time, TimeZone: zone, Currency: currency, Seats: r.Seats, Status: status, CreatedAt: r.CreatedAt.Time,
	}, nil
}

func (r Show) ToDomain() (*show.Show, error) {
	s, err := r.rehydrate()
	if err != nil {
		return nil, fmt.Errorf("row of show %s: %w", r.ID, err)
	}
	return s, nil
}

func (r Show) rehydrate() (*show.Show, error) {
	sum, err := r.summary()
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
		ID: sum.ID, Organisation: sum.Organisation, Title: sum.Title, Venue: sum.Venue,
		StartsAt: sum.StartsAt, TimeZone: sum.TimeZone, Status: sum.Status, CreatedAt: sum.CreatedAt,
		OpenedAt: r.OpenedAt.Time, CancelledAt: r.CancelledAt.Time,
	}
	for _, t := range tiers {
		price, err := money.New(t.Price, sum.Currency)
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

// ShowColumns and ShowSummaryColumns are the columns of [Show] and [ShowSummary].
var (
	ShowColumns        = sqlstore.ColumnsOf[Show]()
	ShowSummaryColumns = sqlstore.ColumnsOf[ShowSummary]()
)

// Shows implements [outbound.Shows] with the statements of a database adapter.
type Shows struct {
	sqlstore.Session
	ByID, Lock string // argument: id
	// Contains is a condition that a show meets if its title or venue contains the argument
	// $2, ignoring the case of ASCII letters.
	Contains string
	// MayContain is a condition that the database can check with an index. If $2 has three
	// characters or more, every show that meets Contains also meets MayContain.
	MayContain string
	// IsFrequent is a query that reports whether many shows contain the argument $1. Then
	// it is faster to read the newest shows without the index. IsFrequent is empty if the
	// database itself decides this.
	IsFrequent string
}

func (r Shows) Add(ctx context.Context, s *show.Show) error {
	row, err := FromShow(s)
	if err != nil {
		return err
	}
	return r.Write(ctx, func(c sqlstore.Conn) error {
		err := c.NamedExec(ctx, `INSERT INTO shows (`+ShowColumns.List+`) VALUES (`+ShowColumns.Named+`)`, row)
		if err != nil {
			return fmt.Errorf("add show %s: %w", s.ID(), err)
		}
		return r.StoreEvents(ctx, c, string(s.ID()), s.Events())
	})
}

func (r Shows) Get(ctx context.Context, id show.ID) (*show.Show, error) {
	return sqlstore.Load[Show](ctx, r.Reader(), "show "+string(id), r.ByID, id)
}

func (r Shows) Update(ctx context.Context, id show.ID, change func(*show.Show) error) (*show.Show, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*show.Show, error) {
		s, err := sqlstore.Load[Show](ctx, c, "show "+string(id), r.Lock, id)
		if err != nil {
			return nil, err
		}
		if err := change(s); err != nil {
			return nil, err
		}
		if len(s.Events()) == 0 { // every change of a show records an event
			return s, nil
		}
		row, err := FromShow(s)
		if err != nil {
			return nil, err
		}
		// Only these columns of a show ever change, and wound_up.
		err = c.NamedExec(ctx, `UPDATE shows SET status = :status, opened_at = :opened_at, cancelled_at = :cancelled_at WHERE id = :id`, row)
		if err != nil {
			return nil, fmt.Errorf("update show %s: %w", id, err)
		}
		if err := r.StoreEvents(ctx, c, string(id), s.Events()); err != nil {
			return nil, err
		}
		return show.Rehydrate(s.Snapshot())
	})
}

// WindUp looks up the claims of each show. A subquery with a LIMIT makes PostgreSQL do so.
// With NOT EXISTS, it might read all claims instead.
func (r Shows) WindUp(ctx context.Context, cancelledBy time.Time) (int, error) {
	var marked int64
	err := r.Write(ctx, func(c sqlstore.Conn) (err error) {
		marked, err = c.Exec(ctx, `
			UPDATE shows SET wound_up = true
			WHERE `+ToWindUp+` AND cancelled_at <= $1 AND (SELECT 1 FROM claims WHERE claims.show_id = shows.id LIMIT 1) IS NULL`,
			sqlstore.TimeOf(cancelledBy))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("wind up cancelled shows: %w", err)
	}
	return int(marked), nil
}

// ToWindUp is a condition that selects the cancelled shows whose bookings may not all be
// cancelled yet. The index shows_to_wind_up has the same condition.
const ToWindUp = `shows.status = 'cancelled' AND shows.opened_at IS NOT NULL AND NOT shows.wound_up`

func (r Shows) CountDrafts(ctx context.Context, org actor.Organisation) (int, error) {
	var drafts int
	err := r.Reader().GetOne(ctx, &drafts, `SELECT count(*) FROM shows WHERE status = 'draft' AND organisation = $1`, org)
	if err != nil {
		return 0, fmt.Errorf("count drafts: %w", err)
	}
	return drafts, nil
}

// List reads the shows that are or were on sale, and those that never were, in separate
// parts of its query, because each part has its own index.
//
// If many shows contain the text, it is fast to read the newest shows until the page is
// full. If few do, only the index of texts is fast. So a query with a text is prepared
// each time, which makes PostgreSQL choose a plan for this text.
func (r Shows) List(ctx context.Context, q outbound.ShowQuery) ([]show.Summary, error) {
	if strings.ContainsRune(q.Text, 0) {
		return nil, nil // no title contains a NUL, and SQLite would end the text there
	}
	conn := r.Reader()
	contains := `$2 = ''`
	if q.Text != "" {
		conn = conn.Unprepared()
		contains = r.Contains
	}
	if utf8.RuneCountInString(q.Text) >= 3 {
		frequent := false
		if r.IsFrequent != "" {
			if err := conn.GetOne(ctx, &frequent, r.IsFrequent, q.Text); err != nil {
				return nil, fmt.Errorf("list shows: %w", err)
			}
		}
		if !frequent {
			contains += ` AND ` + r.MayContain
		}
	}
	page := func(which string) string {
		return `SELECT * FROM (SELECT ` + ShowSummaryColumns.List + ` FROM shows
			WHERE ` + which + ` AND id < $3 AND ` + contains + `
			ORDER BY id DESC LIMIT $4) AS page`
	}
	query := page(`opened_at IS NOT NULL`) + ` UNION ALL ` + page(`opened_at IS NULL AND organisation = nullif($1, '')`) + ` ORDER BY id DESC LIMIT $4`
	after := cmp.Or(q.After, "\U0010FFFF") // after every id
	return sqlstore.LoadAll[ShowSummary](ctx, conn, "list shows", query, q.UnopenedOf, q.Text, after, q.Limit)
}

// CheckOnSale checks that the status column of a show holds StatusOnSale. Errors:
// *show.NotOnSaleError.
func CheckOnSale(column string) error {
	status, err := show.ParseStatus(column)
	if err == nil && status != show.StatusOnSale {
		return &show.NotOnSaleError{Status: status}
	}
	return err
}

// SeatMaps implements [outbound.SeatMaps] with a statement of a database adapter.
type SeatMaps struct {
	sqlstore.Session
	// Query returns the columns of a show, and a column named claims: a JSON object that
	// maps each claimed seat to "confirmed" if it is sold, or else to "held". Query is one
	// statement, so that the show and the claims are consistent.
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
