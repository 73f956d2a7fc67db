package sqlitestores_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// TestMigrationOfLargeTables rolls the migration back, and applies it again while the
// tables have rows.
func TestMigrationOfLargeTables(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "portico.db")
	db := newDBAt(t, path)
	stores := sqlitestores.New(db)
	sh := newShow(t)
	testkit.Must(t, stores.Shows.Add(t.Context(), sh))
	for _, seat := range []show.Label{"A-1", "A-2"} {
		held, err := booking.Hold(booking.ID("b "+seat), sh, actor.Person{ID: "ann"}, []show.Label{seat}, sh.CreatedAt(), time.Minute)
		testkit.Must(t, err)
		_, err = stores.Bookings.Add(t.Context(), held, ports.IdempotencyKey(seat), booking.Limits{})
		testkit.Must(t, err)
	}
	_, err := stores.Bookings.Update(t.Context(), "b A-1", func(b *booking.Booking) error {
		if err := b.RequestPayment("tok_ok", sh.CreatedAt()); err != nil {
			return err
		}
		return b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, sh.CreatedAt())
	})
	testkit.Must(t, err)
	for name := ""; !strings.HasSuffix(name, "_large_tables.sql"); {
		m, err := db.MigrateDown(t.Context())
		testkit.Must(t, err)
		name = m.Name
	}
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)

	m, err := sqlitestores.SeatMaps(db).Get(t.Context(), "s1")
	testkit.Must(t, err)
	for i, want := range []booking.SeatStatus{booking.SeatSold, booking.SeatHeld, booking.SeatFree} {
		testkit.WantEqual(t, "status of "+string(m.Seats[i].Label), m.Seats[i].Status, want)
	}
	found, err := stores.Shows.List(t.Context(), outbound.ShowQuery{Text: "amle", Limit: 10})
	testkit.Must(t, err)
	testkit.WantEqual(t, "number of shows found", len(found), 1)
}
