package pgstores_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)

// newShow returns a show on sale with 10,000 seats, A-1 to T-500.
func newShow(t testing.TB, id show.ID, organisation actor.Organisation) *show.Show {
	t.Helper()
	spec := show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: noon.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
	}
	for row := 'A'; row <= 'T'; row++ {
		spec.Rows = append(spec.Rows, show.Row{Name: string(row), Seats: 500, Tier: "stalls"})
	}
	sh, err := show.New(id, actor.Staff{ID: "will", Organisation: organisation}, spec, noon)
	testkit.Must(t, err)
	testkit.Must(t, openShow(sh))
	return sh
}

func newDraft(t testing.TB, id show.ID) *show.Show {
	t.Helper()
	sh, err := show.New(id, actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: noon.AddDate(0, 1, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
		Rows:  []show.Row{{Name: "A", Seats: 30, Tier: "stalls"}},
	}, noon)
	testkit.Must(t, err)
	return sh
}

func openShow(sh *show.Show) error   { return sh.Open(noon) }
func cancelShow(sh *show.Show) error { return sh.Cancel(noon) }

var made atomic.Int64

func newHold(t testing.TB, sh *show.Show, customer actor.ID, labels ...show.Label) *booking.Booking {
	t.Helper()
	id := booking.ID(fmt.Sprintf("b%08d", made.Add(1)))
	b, err := booking.Hold(id, sh, actor.Person{ID: customer}, labels, noon, time.Minute)
	testkit.Must(t, err)
	return b
}

func newKey() ports.IdempotencyKey {
	return ports.IdempotencyKey(fmt.Sprintf("key %d", made.Add(1)))
}

func paying(b *booking.Booking) error { return b.RequestPayment("tok_ok", noon) }

func confirmed(b *booking.Booking) error {
	if err := paying(b); err != nil {
		return err
	}
	return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon)
}

func cancelled(b *booking.Booking) error { return b.Cancel(noon.AddDate(0, 1, 0), noon) }

// wantSound checks that exactly the seats of live bookings are claimed, and that each
// booking has exactly one booking.held event.
func wantSound(t *testing.T, address string) {
	t.Helper()
	raw := pgtest.RawSQL(t, address)
	for what, query := range map[string]string{
		"claims of no live booking, or of a seat that is not in it": `
			SELECT c.show_id || ' ' || c.seat FROM claims c LEFT JOIN bookings b ON b.id = c.booking_id AND b.show_id = c.show_id
			WHERE b.id IS NULL OR b.status NOT IN ('held', 'paying', 'confirmed')
				OR c.seat NOT IN (SELECT s->>'label' FROM json_array_elements(b.seats) s)`,
		"seats of live bookings that are not claimed": `
			SELECT b.id || ' ' || (s->>'label') FROM bookings b, json_array_elements(b.seats) s
			WHERE b.status IN ('held', 'paying', 'confirmed')
				AND NOT EXISTS (SELECT FROM claims c WHERE c.show_id = b.show_id AND c.seat = s->>'label' AND c.booking_id = b.id)`,
		"seats in two live bookings": `
			SELECT b.show_id || ' ' || (s->>'label') FROM bookings b, json_array_elements(b.seats) s
			WHERE b.status IN ('held', 'paying', 'confirmed') GROUP BY b.show_id, s->>'label' HAVING count(*) > 1`,
		"bookings without exactly one event of their hold": `
			SELECT b.id FROM bookings b
			WHERE 1 <> (SELECT count(*) FROM outbox WHERE message->>'type' = 'booking.held' AND message->>'aggregate' = b.id)`,
		"events of bookings that do not exist": `
			SELECT message->>'aggregate' FROM outbox
			WHERE message->>'type' = 'booking.held' AND message->>'aggregate' NOT IN (SELECT id FROM bookings)`,
	} {
		var found []string
		testkit.Must(t, raw.Select(&found, query))
		if len(found) > 0 {
			t.Errorf("%s: %v", what, found)
		}
	}
}
