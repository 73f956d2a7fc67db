package pgstores_test

import (
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/pgtest"
	"example.com/portico/tests/testkit"
)

// TestMigrationOfLargeTables rolls the migration back, and applies it again while the
// tables have rows.
func TestMigrationOfLargeTables(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	stores := pgstores.New(db)
	sh := newShow(t, "s1", "globe")
	testkit.Must(t, stores.Shows.Add(t.Context(), sh))
	b, err := stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-1"), newKey(), booking.Limits{})
	testkit.Must(t, err)
	_, err = stores.Bookings.Update(t.Context(), b.ID(), confirmed)
	testkit.Must(t, err)
	_, err = stores.Bookings.Add(t.Context(), newHold(t, sh, "ann", "A-2"), newKey(), booking.Limits{})
	testkit.Must(t, err)
	migrateAgain(t, db, "large_tables")

	m, err := pgstores.SeatMaps(db).Get(t.Context(), "s1")
	testkit.Must(t, err)
	for i, want := range []booking.SeatStatus{booking.SeatSold, booking.SeatHeld, booking.SeatFree} {
		testkit.WantEqual(t, "status of "+string(m.Seats[i].Label), m.Seats[i].Status, want)
	}
	found, err := stores.Shows.List(t.Context(), outbound.ShowQuery{Text: "amle", Limit: 10})
	testkit.Must(t, err)
	testkit.WantEqual(t, "number of shows found", len(found), 1)
}

// TestMigrationOfOpenedShows applies the migration to shows of every status.
func TestMigrationOfOpenedShows(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	stores := pgstores.New(db)
	for _, sh := range []struct {
		id      show.ID
		booked  bool
		changes []func(*show.Show) error
	}{
		{"s1 draft", false, nil},
		{"s2 cancelled draft", false, []func(*show.Show) error{cancelShow}},
		{"s3 on sale", false, []func(*show.Show) error{openShow}},
		{"s4 cancelled", false, []func(*show.Show) error{openShow, cancelShow}},
		{"s5 booked and cancelled", true, []func(*show.Show) error{openShow, cancelShow}},
	} {
		made := newDraft(t, sh.id)
		testkit.Must(t, stores.Shows.Add(t.Context(), made))
		for _, change := range sh.changes {
			changed, err := stores.Shows.Update(t.Context(), sh.id, change)
			testkit.Must(t, err)
			if sh.booked && changed.Status() == show.StatusOnSale {
				_, err := stores.Bookings.Add(t.Context(), newHold(t, changed, "ann", "A-1"), newKey(), booking.Limits{})
				testkit.Must(t, err)
			}
		}
	}
	migrateAgain(t, db, "opened_shows")

	list := func(organisation actor.Organisation) (ids []show.ID) {
		page, err := stores.Shows.List(t.Context(), outbound.ShowQuery{UnopenedOf: organisation, Limit: 10})
		testkit.Must(t, err)
		for _, sh := range page {
			ids = append(ids, sh.ID)
		}
		return ids
	}
	testkit.WantEqual(t, "public shows", list(""), []show.ID{"s5 booked and cancelled", "s3 on sale"})
	testkit.WantEqual(t, "shows for their organisation", list("globe"), []show.ID{
		"s5 booked and cancelled", "s4 cancelled", "s3 on sale", "s2 cancelled draft", "s1 draft",
	})
	found, err := stores.Shows.Get(t.Context(), "s3 on sale")
	testkit.Must(t, err)
	testkit.WantEqual(t, "opening", found.Snapshot().OpenedAt, found.CreatedAt())
}

// TestShowsChangedByThePreviousVersion opens and cancels a show with the statement of the
// previous version, which runs during an update.
func TestShowsChangedByThePreviousVersion(t *testing.T) {
	t.Parallel()
	address := pgtest.NewURL(t)
	stores, raw := pgstores.New(openDB(t, address)), pgtest.RawSQL(t, address)
	testkit.Must(t, stores.Shows.Add(t.Context(), newDraft(t, "s1")))
	raw.MustExec(`UPDATE shows SET status = 'on_sale'`)
	sh, err := stores.Shows.Get(t.Context(), "s1")
	testkit.Must(t, err)
	testkit.WantEqual(t, "visible to everyone", sh.VisibleTo(actor.Anonymous), true)
	raw.MustExec(`UPDATE shows SET status = 'cancelled'`)
	marked, err := stores.Shows.WindUp(t.Context(), time.Now().Add(time.Hour))
	testkit.Must(t, err)
	testkit.WantEqual(t, "shows wound up", marked, 1)
}

// TestMigrationOfWoundUpShows applies the migration to cancelled shows with and without a
// live booking.
func TestMigrationOfWoundUpShows(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	stores := pgstores.New(db)
	for _, id := range []show.ID{"s1", "s2", "s3"} {
		testkit.Must(t, stores.Shows.Add(t.Context(), newDraft(t, id)))
		sh, err := stores.Shows.Update(t.Context(), id, openShow)
		testkit.Must(t, err)
		held, err := booking.Hold("b of "+booking.ID(id), sh, actor.Person{ID: "ann"}, []show.Label{"A-1"}, noon, time.Minute)
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), held, ports.IdempotencyKey(id), booking.Limits{})
		testkit.Must(t, err)
	}
	_, err := stores.Bookings.Update(t.Context(), "b of s1", func(b *booking.Booking) error { return b.Expire(b.HeldUntil()) })
	testkit.Must(t, err)
	for _, id := range []show.ID{"s1", "s2"} {
		_, err := stores.Shows.Update(t.Context(), id, cancelShow)
		testkit.Must(t, err)
	}
	migrateAgain(t, db, "wound_up_shows")

	due, err := stores.Bookings.ListDue(t.Context(), outbound.DueFilter{OfCancelledShows: true}, outbound.DueBooking{}, 10)
	testkit.Must(t, err)
	if len(due) != 1 || due[0].ID != "b of s2" {
		t.Errorf("got the due bookings %v, want only that of s2", due)
	}
	_, err = stores.Bookings.Update(t.Context(), "b of s2", func(b *booking.Booking) error { return b.CancelByShow(noon) })
	testkit.Must(t, err)
	marked, err := stores.Shows.WindUp(t.Context(), time.Now().Add(time.Hour))
	testkit.Must(t, err)
	testkit.WantEqual(t, "shows wound up after the migration", marked, 1) // s2, because the migration marks s1
}

// migrateAgain rolls the migration back, and those after it, and applies them again.
func migrateAgain(t *testing.T, db *postgres.DB, name string) {
	t.Helper()
	for undone := ""; !strings.HasSuffix(undone, "_"+name+".sql"); {
		m, err := db.MigrateDown(t.Context())
		testkit.Must(t, err)
		undone = m.Name
	}
	_, err := db.MigrateUp(t.Context())
	testkit.Must(t, err)
}
