package show

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"example.com/portico/domain/invalid"
	"example.com/portico/domain/money"
)

// Limits of a seating plan. They keep a seat map small enough for one response.
const (
	MaxTiers       = 20
	MaxRows        = 500
	MaxSeatsPerRow = 500
	MaxSeats       = 20_000
)

var rowName = regexp.MustCompile(`^[A-Za-z0-9]{1,8}$`)

// Label names a seat by row and number, counted from 1: "A-12".
type Label string

// Tier is a price category.
type Tier struct {
	Name  string
	Price money.Money
}

// Row is a row of seats, numbered from 1, all in one tier.
type Row struct {
	Name  string
	Seats int
	Tier  string
}

// Seat is one seat of a plan.
type Seat struct {
	Label Label
	Tier  string
	Price money.Money
}

// Plan is the immutable seating plan of a show.
type Plan struct {
	tiers []Tier
	rows  []Row
	byRow map[string]int
	seats int
}

// NewPlan returns a plan of the given tiers and rows, and keeps both slices. Errors:
// *invalid.Error. The Field of each problem is a path such as tiers/0/price.
func NewPlan(tiers []Tier, rows []Row) (Plan, error) {
	var c invalid.Collector
	prices := checkTiers(&c, tiers)
	checkRows(&c, rows, prices)
	if c.Err() == nil {
		checkTakings(&c, rows, prices)
	}
	if err := c.Err(); err != nil {
		return Plan{}, err
	}
	return layOut(tiers, rows), nil
}

// layOut makes a plan from valid tiers and rows.
func layOut(tiers []Tier, rows []Row) Plan {
	p := Plan{tiers: tiers, rows: rows, byRow: make(map[string]int, len(rows))}
	for i, r := range rows {
		p.byRow[r.Name] = i
		p.seats += r.Seats
	}
	return p
}

func checkTiers(c *invalid.Collector, tiers []Tier) map[string]money.Money {
	c.Check(len(tiers) > 0, "tiers", "at least one tier is needed")
	c.Check(len(tiers) <= MaxTiers, "tiers", "a show has at most %d tiers", MaxTiers)
	prices := make(map[string]money.Money, len(tiers))
	for i, t := range tiers {
		field := fmt.Sprintf("tiers/%d/", i)
		checkText(c, field+"name", t.Name, 50)
		_, twice := prices[t.Name]
		c.Check(!twice, field+"name", "duplicate tier %q", t.Name)
		c.Check(t.Price.Currency() == tiers[0].Price.Currency(), field+"price", "all prices of a show are in one currency")
		prices[t.Name] = t.Price
	}
	return prices
}

func checkRows(c *invalid.Collector, rows []Row, prices map[string]money.Money) {
	c.Check(len(rows) > 0, "rows", "at least one row is needed")
	c.Check(len(rows) <= MaxRows, "rows", "a show has at most %d rows", MaxRows)
	seats := 0
	names := make(map[string]bool, len(rows))
	for i, r := range rows {
		field := fmt.Sprintf("rows/%d/", i)
		c.Check(rowName.MatchString(r.Name), field+"name", "a row is named by 1 to 8 letters and digits, such as A or 12B")
		c.Check(!names[r.Name], field+"name", "duplicate row %q", r.Name)
		_, known := prices[r.Tier]
		c.Check(known, field+"tier", "unknown tier %q", r.Tier)
		c.Check(1 <= r.Seats && r.Seats <= MaxSeatsPerRow, field+"seats", "a row has 1 to %d seats", MaxSeatsPerRow)
		names[r.Name] = true
		seats += max(0, min(r.Seats, MaxSeats))
	}
	c.Check(seats <= MaxSeats, "rows", "a show has at most %d seats", MaxSeats)
}

// checkTakings rejects plans whose total price would overflow, so that the total of a
// booking cannot overflow.
func checkTakings(c *invalid.Collector, rows []Row, prices map[string]money.Money) {
	var takings money.Money
	for i, r := range rows {
		price, err := prices[r.Tier].Times(r.Seats)
		if err == nil && i > 0 {
			price, err = takings.Add(price)
		}
		if err != nil {
			c.Add("tiers", "the prices are too high: their sum over all seats overflows")
			return
		}
		takings = price
	}
}

// Tiers and Rows return internal slices, which must not be modified. Len returns the
// number of seats.

func (p Plan) Tiers() []Tier { return p.tiers }
func (p Plan) Rows() []Row   { return p.rows }
func (p Plan) Len() int      { return p.seats }

// Seats returns an iterator over all seats, row by row.
func (p Plan) Seats() iter.Seq[Seat] {
	return func(yield func(Seat) bool) {
		for _, r := range p.rows {
			price := p.price(r.Tier)
			for n := 1; n <= r.Seats; n++ {
				if !yield(Seat{Label: label(r.Name, n), Tier: r.Tier, Price: price}) {
					return
				}
			}
		}
	}
}

// Seat returns the seat with the label, if there is one.
func (p Plan) Seat(l Label) (Seat, bool) {
	row, number, _ := strings.Cut(string(l), "-")
	i, ok := p.byRow[row]
	if !ok {
		return Seat{}, false
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > p.rows[i].Seats || label(row, n) != l {
		return Seat{}, false
	}
	return Seat{Label: l, Tier: p.rows[i].Tier, Price: p.price(p.rows[i].Tier)}, true
}

func (p Plan) price(tier string) money.Money {
	for _, t := range p.tiers {
		if t.Name == tier {
			return t.Price
		}
	}
	return money.Money{}
}

func label(row string, number int) Label { return Label(row + "-" + strconv.Itoa(number)) }
