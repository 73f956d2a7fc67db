// Package show is about performances: what is played, where and when, and the
// seats that can be booked.
package show

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/money"
	"example.com/portico/domain/role"
)

// ID identifies a show.
type ID string

// Status is one of Draft, OnSale and Cancelled.
type Status struct{ name string }

// A show goes from Draft to OnSale to Cancelled, or from Draft to Cancelled.
var (
	StatusDraft     = Status{"draft"}
	StatusOnSale    = Status{"on_sale"}
	StatusCancelled = Status{"cancelled"}
)

// ParseStatus takes "draft", "on_sale" or "cancelled".
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusDraft, StatusOnSale, StatusCancelled} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("show: unknown status %q", name)
}

func (s Status) String() string { return s.name }

// NotOnSaleError is returned when a show is not in a state to be sold, opened or
// cancelled.
type NotOnSaleError struct {
	Status  Status
	Started bool
}

func (e *NotOnSaleError) Error() string { return "show: it " + e.Reason() }

// Reason goes on from "the show": "is a draft", "was cancelled", "has started".
func (e *NotOnSaleError) Reason() string {
	switch {
	case e.Started:
		return "has started"
	case e.Status == StatusDraft:
		return "is a draft"
	default:
		return "was cancelled"
	}
}

// Show is one performance.
type Show struct {
	id           ID
	organisation actor.Organisation
	title        string
	venue        string
	startsAt     time.Time
	plan         Plan
	status       Status
	createdAt    time.Time
	events       []event.Event
}

// Spec is what an organiser says of a new show. Prices are in minor units of
// Currency, an ISO 4217 code.
type Spec struct {
	Title    string
	Venue    string
	StartsAt time.Time
	Currency string
	Tiers    []TierSpec
	Rows     []Row
}

// TierSpec is a tier whose price is yet to be checked.
type TierSpec struct {
	Name  string
	Price int64
}

// New makes a draft that belongs to the organiser's organisation. It fails with
// *invalid.Error, which lists all that is wrong with the spec.
func New(id ID, organiser actor.Staff, spec Spec, now time.Time) (*Show, error) {
	var c invalid.Collector
	checkText(&c, "title", spec.Title, 200)
	checkText(&c, "venue", spec.Venue, 200)
	c.Check(spec.StartsAt.After(now), "startsAt", "a show starts in the future")
	c.Check(spec.StartsAt.UTC().Year() <= 9999, "startsAt", "the year has four digits at most")

	currency, err := money.ParseCurrency(spec.Currency)
	c.Check(err == nil, "currency", "%q is not the ISO 4217 code of a currency in circulation", spec.Currency)

	tiers := make([]Tier, len(spec.Tiers))
	for i, t := range spec.Tiers {
		c.Check(t.Price >= 0, fmt.Sprintf("tiers/%d/price", i), "a price is not negative")
		price, _ := money.New(max(t.Price, 0), currency)
		tiers[i] = Tier{Name: t.Name, Price: price}
	}
	plan, err := NewPlan(tiers, append([]Row(nil), spec.Rows...))
	c.Include(err)
	if err := c.Err(); err != nil {
		return nil, err
	}

	s := &Show{
		id:           id,
		organisation: organiser.Organisation,
		title:        spec.Title,
		venue:        spec.Venue,
		startsAt:     spec.StartsAt.UTC().Truncate(time.Microsecond),
		plan:         plan,
		status:       StatusDraft,
		createdAt:    now,
	}
	s.record(Created{Show: id, Organisation: s.organisation, Title: s.title, Venue: s.venue, StartsAt: s.startsAt, Seats: plan.Len(), At: now})
	return s, nil
}

func checkText(c *invalid.Collector, field, text string, maxRunes int) {
	switch {
	case strings.TrimSpace(text) == "":
		c.Add(field, "it must not be empty")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		c.Add(field, "it must be plain text on one line")
	case utf8.RuneCountInString(text) > maxRunes:
		c.Add(field, "it has at most %d characters", maxRunes)
	}
}

// Open puts a draft on sale. An open show stays as it is. It fails with
// *NotOnSaleError once the show is cancelled or has started.
func (s *Show) Open(now time.Time) error {
	if s.status == StatusOnSale {
		return nil
	}
	if s.status == StatusCancelled || s.started(now) {
		return s.notOnSale(now)
	}
	s.status = StatusOnSale
	s.record(Opened{Show: s.id, At: now})
	return nil
}

// Cancel calls the show off; its bookings are cancelled and refunded after. A
// cancelled show stays as it is. It fails with *NotOnSaleError once it has started.
func (s *Show) Cancel(now time.Time) error {
	if s.status == StatusCancelled {
		return nil
	}
	if s.started(now) {
		return s.notOnSale(now)
	}
	s.status = StatusCancelled
	s.record(Cancelled{Show: s.id, At: now})
	return nil
}

// CheckOnSale fails with *NotOnSaleError unless seats can be booked now.
func (s *Show) CheckOnSale(now time.Time) error {
	if s.status != StatusOnSale || s.started(now) {
		return s.notOnSale(now)
	}
	return nil
}

func (s *Show) started(now time.Time) bool { return !now.Before(s.startsAt) }

func (s *Show) notOnSale(now time.Time) error {
	return &NotOnSaleError{Status: s.status, Started: s.status != StatusCancelled && s.started(now)}
}

// VisibleTo tells whether an actor may know of the show: a draft is for its
// organisation alone.
func (s *Show) VisibleTo(a actor.Actor) bool {
	return s.status != StatusDraft || role.Organises(a, s.organisation)
}

// ID identifies the show.
func (s *Show) ID() ID { return s.id }

// Organisation is the tenant that the show belongs to.
func (s *Show) Organisation() actor.Organisation { return s.organisation }

// Title is what is played.
func (s *Show) Title() string { return s.title }

// Venue is where.
func (s *Show) Venue() string { return s.venue }

// StartsAt is when, in UTC.
func (s *Show) StartsAt() time.Time { return s.startsAt }

// Plan is the layout of the seats.
func (s *Show) Plan() Plan { return s.plan }

// Status is where the show stands.
func (s *Show) Status() Status { return s.status }

// CreatedAt is when the draft was made, in UTC.
func (s *Show) CreatedAt() time.Time { return s.createdAt }

// Clone returns a copy of the show, which can be changed on its own. Both share
// the plan, which never changes.
func (s *Show) Clone() *Show {
	clone := *s
	clone.events = slices.Clone(s.events)
	return &clone
}

// Snapshot is a show's whole state, for those who store it.
type Snapshot struct {
	ID           ID
	Organisation actor.Organisation
	Title        string
	Venue        string
	StartsAt     time.Time
	Tiers        []Tier
	Rows         []Row
	Status       Status
	CreatedAt    time.Time
}

// Snapshot copies the state, without the events.
func (s *Show) Snapshot() Snapshot {
	return Snapshot{
		ID: s.id, Organisation: s.organisation, Title: s.title, Venue: s.venue, StartsAt: s.startsAt,
		Tiers: append([]Tier(nil), s.plan.tiers...), Rows: append([]Row(nil), s.plan.rows...),
		Status: s.status, CreatedAt: s.createdAt,
	}
}

// Rehydrate makes a show from what was stored. It checks the shape and leaves
// the rules alone: they were kept when the show was made.
func Rehydrate(v Snapshot) (*Show, error) {
	if v.ID == "" || v.Status == (Status{}) || len(v.Tiers) == 0 || len(v.Rows) == 0 {
		return nil, fmt.Errorf("show %q: stored without an id, a status, tiers or rows", v.ID)
	}
	return &Show{
		id: v.ID, organisation: v.Organisation, title: v.Title, venue: v.Venue, startsAt: v.StartsAt.UTC(),
		plan: layOut(v.Tiers, v.Rows), status: v.Status, createdAt: v.CreatedAt.UTC(),
	}, nil
}
