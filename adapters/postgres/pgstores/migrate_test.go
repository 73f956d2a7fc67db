package pgstores_test

import (
	"strings"
	"testing"

	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/outbound"
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
	for name := ""; !strings.HasSuffix(name, "_large_tables.sql"); {
		m, err := db.MigrateDown(t.Context())
		testkit.Must(t, err)
		name = m.Name
	}
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)

	m, err := pgstores.SeatMaps(db).Get(t.Context(), "s1")
	testkit.Must(t, err)
	for i, want := range []booking.SeatStatus{booking.SeatSold, booking.SeatHeld, booking.SeatFree} {
		testkit.WantEqual(t, "status of "+string(m.Seats[i].Label), m.Seats[i].Status, want)
	}
	found, err := stores.Shows.List(t.Context(), outbound.ShowQuery{Text: "amle", Limit: 10})
	testkit.Must(t, err)
	testkit.WantEqual(t, "number of shows found", len(found), 1)
}
