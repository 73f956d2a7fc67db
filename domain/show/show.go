// Package show models performances: what is played, where and when, and the seats that
// can be booked.
package show

import (
	"cmp"
	"errors"
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

// Status is StatusDraft, StatusOnSale or StatusCancelled.
type Status struct{ name string }

// A draft can go on sale. A draft or a show on sale can be cancelled.
var (
	StatusDraft     = Status{"draft"}
	StatusOnSale    = Status{"on_sale"}
	StatusCancelled = Status{"cancelled"}
)

// ParseStatus returns the status whose String method returns name.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{StatusDraft, StatusOnSale, StatusCancelled} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("show: unknown status %q", name)
}

func (s Status) String() string { return s.name }

// NotOnSaleError is returned when a show cannot be booked, opened or cancelled.
type NotOnSaleError struct {
	Status  Status
	Started bool
}

func (e *NotOnSaleError) Error() string {
	switch {
	case e.Started:
		return "the show has started"
	case e.Status == StatusDraft:
		return "the show is a draft"
	default:
		return "the show was cancelled"
	}
}

// ErrTooManyDrafts is returned when an organisation has reached its limit of drafts.
var ErrTooManyDrafts = errors.New("show: too many drafts")

// Show is one performance.
type Show struct {
	state  Snapshot // without tiers and rows, which are in the plan
	plan   Plan
	events []event.Event
}

// Spec describes a new show. Prices are in minor units of Currency, an ISO 4217 code.
type Spec struct {
	Title    string
	Venue    string
	StartsAt time.Time
	TimeZone *time.Location // of the venue; nil means UTC
	Currency string
	Tiers    []TierSpec
	Rows     []Row
}

// TierSpec is a tier whose price is not checked yet.
type TierSpec struct {
	Name  string
	Price int64
}

// New returns a draft that belongs to the organiser's organisation. Errors:
// *invalid.Error, which lists every problem with the spec.
func New(id ID, organiser actor.Staff, spec Spec, now time.Time) (*Show, error) {
	var c invalid.Collector
	checkText(&c, "title", spec.Title, 200)
	checkText(&c, "venue", spec.Venue, 200)
	c.Check(spec.StartsAt.After(now), "startsAt", "must be in the future")
	zone := cmp.Or(spec.TimeZone, time.UTC)
	c.Check(max(spec.StartsAt.UTC().Year(), spec.StartsAt.In(zone).Year()) <= 9999, "startsAt", "the year must have at most four digits")

	currency, err := money.ParseCurrency(spec.Currency)
	c.Check(err == nil, "currency", "%q is not the ISO 4217 code of a currency in circulation", spec.Currency)

	tiers := make([]Tier, len(spec.Tiers))
	for i, t := range spec.Tiers {
		c.Check(t.Price >= 0, fmt.Sprintf("tiers/%d/price", i), "must not be negative")
		price, _ := money.New(max(t.Price, 0), currency)
		tiers[i] = Tier{Name: t.Name, Price: price}
	}
	plan, err := NewPlan(tiers, append([]Row(nil), spec.Rows...))
	c.Include(err)
	if err := c.Err(); err != nil {
		return nil, err
	}

	s := &Show{plan: plan, state: Snapshot{
		ID: id, Organisation: organiser.Organisation, Title: spec.Title, Venue: spec.Venue,
		StartsAt: spec.StartsAt.UTC().Truncate(time.Microsecond), TimeZone: zone,
		Status: StatusDraft, CreatedAt: now,
	}}
	s.record(Created{Show: id, Organisation: s.state.Organisation, Title: s.state.Title, Venue: s.state.Venue, StartsAt: s.state.StartsAt, Seats: plan.Len(), At: now})
	return s, nil
}

// checkText refuses text that is empty, looks empty, is longer than maxRunes, or changes
// how the text around it is shown.
func checkText(c *invalid.Collector, field, text string, maxRunes int) {
	switch {
	case strings.TrimSpace(text) == "":
		c.Add(field, "must not be empty")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, breaksLine):
		c.Add(field, "must be plain text on one line")
	case strings.ContainsFunc(text, setsDirection):
		c.Add(field, "must not contain characters that set the direction of text")
	case !strings.ContainsFunc(text, visible):
		c.Add(field, "must have a visible character")
	case utf8.RuneCountInString(text) > maxRunes:
		c.Add(field, "must have at most %d characters", maxRunes)
	}
}

func breaksLine(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) }

// setsDirection reports whether r can make the text around it run backwards. Text in
// scripts that are written from right to left needs no such character.
func setsDirection(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// visible reports whether r is seen by itself. Combining marks and format characters,
// such as joiners, are not, nor are the letters and the symbol that are defined as blank.
func visible(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != brailleBlank
}

// Open puts a draft on sale. It does nothing if the show is on sale already. Errors:
// *NotOnSaleError if the show is cancelled or has started.
func (s *Show) Open(now time.Time) error {
	if s.state.Status == StatusOnSale {
		return nil
	}
	if s.state.Status == StatusCancelled || s.started(now) {
		return s.notOnSale(now)
	}
	s.state.Status, s.state.OpenedAt = StatusOnSale, now
	s.record(Opened{Show: s.state.ID, At: now})
	return nil
}

// Cancel cancels the show; its bookings are cancelled and refunded later. Cancel does
// nothing if the show is cancelled already. Errors: *NotOnSaleError if the show has
// started.
func (s *Show) Cancel(now time.Time) error {
	if s.state.Status == StatusCancelled {
		return nil
	}
	if s.started(now) {
		return s.notOnSale(now)
	}
	s.state.Status, s.state.CancelledAt = StatusCancelled, now
	s.record(Cancelled{Show: s.state.ID, At: now})
	return nil
}

// CheckOnSale returns *NotOnSaleError unless seats can be booked now.
func (s *Show) CheckOnSale(now time.Time) error {
	if s.state.Status != StatusOnSale || s.started(now) {
		return s.notOnSale(now)
	}
	return nil
}

func (s *Show) started(now time.Time) bool { return !now.Before(s.state.StartsAt) }

func (s *Show) notOnSale(now time.Time) error {
	return &NotOnSaleError{Status: s.state.Status, Started: s.state.Status != StatusCancelled && s.started(now)}
}

// VisibleTo reports whether the actor may see the show. A show that was never on sale is
// visible only to organisers of its organisation, even after it was cancelled.
func (s *Show) VisibleTo(a actor.Actor) bool {
	return !s.state.OpenedAt.IsZero() || role.Organises(a, s.state.Organisation)
}

func (s *Show) ID() ID                           { return s.state.ID }
func (s *Show) Organisation() actor.Organisation { return s.state.Organisation }
func (s *Show) Title() string                    { return s.state.Title }
func (s *Show) Venue() string                    { return s.state.Venue }
func (s *Show) StartsAt() time.Time              { return s.state.StartsAt }
func (s *Show) CreatedAt() time.Time             { return s.state.CreatedAt }
func (s *Show) Plan() Plan                       { return s.plan }
func (s *Show) Status() Status                   { return s.state.Status }

// LocalStart returns the start in the time zone of the venue.
func (s *Show) LocalStart() time.Time { return s.state.StartsAt.In(s.state.TimeZone) }

// Clone returns an independent copy of the show. Both share the immutable plan.
func (s *Show) Clone() *Show {
	clone := *s
	clone.events = slices.Clone(s.events)
	return &clone
}

// Snapshot is the stored state of a show. Times are in UTC.
type Snapshot struct {
	ID           ID
	Organisation actor.Organisation
	Title        string
	Venue        string
	StartsAt     time.Time
	TimeZone     *time.Location
	Tiers        []Tier
	Rows         []Row
	Status       Status
	CreatedAt    time.Time
	OpenedAt     time.Time // zero if the show was never on sale
	CancelledAt  time.Time // zero if the show is not cancelled
}

// Snapshot returns a copy of the state, without events.
func (s *Show) Snapshot() Snapshot {
	v := s.state
	v.Tiers, v.Rows = slices.Clone(s.plan.tiers), slices.Clone(s.plan.rows)
	return v
}

// Rehydrate restores a show from its stored state. It checks that the state is complete,
// but does not check the rules for new shows.
func Rehydrate(v Snapshot) (*Show, error) {
	if v.ID == "" || v.Status == (Status{}) || len(v.Tiers) == 0 || len(v.Rows) == 0 {
		return nil, fmt.Errorf("show %q: stored without an id, status, tiers or rows", v.ID)
	}
	if v.Status == StatusOnSale && v.OpenedAt.IsZero() || v.Status == StatusCancelled && v.CancelledAt.IsZero() {
		return nil, fmt.Errorf("show %q: stored with the status %s, but not since when", v.ID, v.Status)
	}
	plan := layOut(v.Tiers, v.Rows)
	v.Tiers, v.Rows = nil, nil
	v.TimeZone = cmp.Or(v.TimeZone, time.UTC)
	v.StartsAt, v.CreatedAt, v.OpenedAt, v.CancelledAt = v.StartsAt.UTC(), v.CreatedAt.UTC(), v.OpenedAt.UTC(), v.CancelledAt.UTC()
	return &Show{plan: plan, state: v}, nil
}
