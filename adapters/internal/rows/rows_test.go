package rows_test

import (
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/internal/rows"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/tests/testkit"
)

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 123456000, time.UTC)

// tests/contract checks that each store returns what was written. These tests check
// invalid rows, which only another program can write.

func TestShow(t *testing.T) {
	row, err := rows.FromShow(newShow(t))
	testkit.Must(t, err)
	for _, test := range []struct {
		name  string
		spoil func(*rows.Show)
		want  string
	}{
		{"an unknown status", func(r *rows.Show) { r.Status = "lost" }, `unknown status "lost"`},
		{"an unknown currency", func(r *rows.Show) { r.Currency = "ZZZ" }, "unknown currency"},
		{"an unknown time zone", func(r *rows.Show) { r.TimeZone = "Europe/Atlantis" }, `unknown time zone "Europe/Atlantis"`},
		{"a negative price", func(r *rows.Show) { r.Tiers = `[{"name": "stalls", "price": -1}]` }, "negative"},
		{"tiers that are invalid JSON", func(r *rows.Show) { r.Tiers = "stalls" }, "tiers: invalid"},
		{"rows that are invalid JSON", func(r *rows.Show) { r.SeatRows = "A" }, "rows: invalid"},
		{"an empty list of rows", func(r *rows.Show) { r.SeatRows = "[]" }, "without"},
	} {
		t.Run("refuses "+test.name, func(t *testing.T) {
			spoilt := row
			test.spoil(&spoilt)
			_, err := spoilt.ToDomain()
			mustSay(t, err, test.want)
		})
	}
}

func TestBooking(t *testing.T) {
	row, err := rows.FromBooking(newBooking(t))
	testkit.Must(t, err)
	for _, test := range []struct {
		name  string
		spoil func(*rows.Booking)
		want  string
	}{
		{"an unknown status", func(r *rows.Booking) { r.Status = "lost" }, `unknown status "lost"`},
		{"an unknown refund", func(r *rows.Booking) { r.Refund = "lost" }, `unknown refund "lost"`},
		{"an unknown currency", func(r *rows.Booking) { r.Currency = "ZZZ" }, "unknown currency"},
		{"a negative total", func(r *rows.Booking) { r.Total = -1 }, "total: money: amount is negative"},
		{"a negative price", func(r *rows.Booking) { r.Seats = `[{"label": "A-1", "price": -1}]` }, "seat A-1: money: amount is negative"},
		{"seats that are invalid JSON", func(r *rows.Booking) { r.Seats = "A-1" }, "seats: invalid"},
		{"an empty list of seats", func(r *rows.Booking) { r.Seats = "[]" }, "without"},
	} {
		t.Run("refuses "+test.name, func(t *testing.T) {
			spoilt := row
			test.spoil(&spoilt)
			_, err := spoilt.ToDomain()
			mustSay(t, err, test.want)
		})
	}
}

func TestTicket(t *testing.T) {
	b := newBooking(t)
	testkit.Must(t, b.RequestPayment("tok_ok", noon))
	testkit.Must(t, b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon))
	one, err := ticket.Issue("SECRETCODE", newShow(t), b, "A-1", noon)
	testkit.Must(t, err)
	row := rows.FromTicket(one)
	row.Status = "lost"

	_, err = row.ToDomain()
	mustSay(t, err, `unknown status "lost"`)
	if strings.Contains(err.Error(), "SECRETCODE") {
		t.Errorf("got error %q, want one without the code", err)
	}
}

func newShow(t *testing.T) *show.Show {
	t.Helper()
	sh, err := show.New("s1", actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: noon.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}},
	}, noon)
	testkit.Must(t, err)
	testkit.Must(t, sh.Open(noon))
	return sh
}

func newBooking(t *testing.T) *booking.Booking {
	t.Helper()
	b, err := booking.Hold("b1", newShow(t), actor.Person{ID: "ann"}, []show.Label{"A-1"}, noon, time.Minute)
	testkit.Must(t, err)
	return b
}

func mustSay(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
