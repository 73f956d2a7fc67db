package e2e

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/integration/servers"
)

// TestAClusterKeepsItsPromisesWhenProcessesAreKilled simulates 32 customers of two shows.
// One of the shows is cancelled during the test. Two processes run serve, and two run
// worker. The test repeatedly kills a random process, or sends it SIGTERM, and restarts
// it.
func TestAClusterKeepsItsPromisesWhenProcessesAreKilled(t *testing.T) {
	t.Parallel()
	const customers, enoughKills, mostKills, enoughBookings = 32, 100, 400, 300
	servers.Needed(t)
	seed := harness.Seed(t)
	dice := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := program.StartServers(t)
	box := &boxOffice{program.Prepare(t, dir, s, append(append(s.Settings(), noLimits...), paymentsAt(simulatePayments(t, dir)),
		"PORTICO_HOLD_FOR=10s", "PORTICO_RATE_PER_ACTOR=off", "PORTICO_RATE_PER_ADDRESS=off")...)}
	box.UseReleaseBuild()

	first, second := servers.FreeAddress(t), servers.FreeAddress(t)
	box.Roots = []string{"http://" + first, "http://" + second}
	cluster := box.StartCluster(
		harness.Member{Command: "serve", Settings: []string{"PORTICO_HTTP_ADDR=" + first}},
		harness.Member{Command: "serve", Settings: []string{"PORTICO_HTTP_ADDR=" + second}},
		harness.Member{Command: "worker"},
		harness.Member{Command: "worker"},
	)
	cluster.AwaitListening("/problems")

	open, cancelled := box.organiser().openedShow(house()), box.organiser().openedShow(house())
	crowds := []*crowd{box.startCrowd(open.ID, customers/2, seed), box.startCrowd(cancelled.ID, customers/2, seed+1)}
	// On a busy machine, fewer bookings are made between kills.
	enough := func(kills int) bool {
		return kills >= mostKills || kills >= enoughKills && crowds[0].held.Load()+crowds[1].held.Load() >= enoughBookings
	}
	var cancelling sync.WaitGroup
	updates := 0
	kills := harness.KillRepeatedly(dice, 700*time.Millisecond, enough, func(kills int) {
		cluster.KillOne(dice)
		if kills%5 == 0 {
			cluster.UpdateOne(dice)
			updates++
		}
		if kills == enoughKills*2/3 {
			organiser := &bookingLog{caller: box.organiser(), crowd: crowds[1]}
			cancelling.Go(func() {
				organiser.retryUntilAvailable("POST", "/api/v1/shows/"+cancelled.ID+"/cancel", nil).Want(http.StatusAccepted)
			})
		}
	})
	cancelling.Wait()
	cluster.AwaitListening("/problems")
	var made, paid, cancellations, shown int
	for _, c := range crowds {
		m, p, x := c.stop()
		made, paid, cancellations, shown = made+m, paid+p, cancellations+x, shown+int(c.shown.Load())
	}
	t.Logf("seed %d: %d kills and %d updates of 4 processes, %d bookings made by %d customers, %d payments requested, %d cancelled, %d shown at the door",
		seed, kills, updates, made, customers, paid, cancellations, shown)
	if made < enoughBookings || paid < made/4 || cancellations == 0 || shown == 0 {
		t.Fatalf("%d bookings made, %d payments requested, %d cancelled, %d shown at the door; want at least %d, %d, 1 and 1",
			made, paid, cancellations, shown, enoughBookings, made/4)
	}
	for i, show := range []client.Show{open, cancelled} {
		box.organiser().settles(show.ID)
		box.keepsItsPromises(show.ID, crowds[i].logs)
	}
	box.keepsItsPromisesInSQL(s.Database, cancelled.ID)
}

// keepsItsPromisesInSQL checks the tables and the ledger. Each query selects violations
// of one promise.
func (b *boxOffice) keepsItsPromisesInSQL(database, cancelledShow string) {
	t := b.T
	t.Helper()
	db, err := sqlx.Open("postgres", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const live = `SELECT id, show_id, json_array_elements(seats) ->> 'label' AS seat, status FROM bookings WHERE status IN ('held', 'paying', 'confirmed')`
	const eventWaits = "promise 7: an event that still waits in the outbox"
	for _, violation := range []struct{ name, query string }{
		{"promise 1: a seat of two live bookings", `SELECT show_id || ' ' || seat FROM (` + live + `) AS live GROUP BY show_id, seat HAVING count(*) > 1`},
		{"promise 3: a live booking of a cancelled show", `SELECT bookings.id FROM bookings JOIN shows ON shows.id = show_id
			WHERE shows.status = 'cancelled' AND bookings.status NOT IN ('cancelled', 'expired')`},
		{"promise 3: a refund that is due", `SELECT id FROM bookings WHERE refund = 'due'`},
		{"promise 4: a confirmed booking whose tickets are not its seats", `
			SELECT id FROM bookings WHERE status = 'confirmed' AND
				(SELECT array_agg(seat ORDER BY seat) FROM tickets WHERE booking_id = bookings.id AND tickets.status <> 'void') IS DISTINCT FROM
				(SELECT array_agg(seat ->> 'label' ORDER BY seat ->> 'label' COLLATE "C") FROM json_array_elements(seats) AS seat)`},
		{"promise 4: a valid ticket of a booking that is not confirmed", `
			SELECT code FROM tickets JOIN bookings ON bookings.id = booking_id WHERE tickets.status = 'valid' AND bookings.status <> 'confirmed'`},
		{"promise 5: a used ticket without a time of admission, or the other way round", `SELECT code FROM tickets WHERE (status = 'used') <> (admitted_at IS NOT NULL)`},
		{"promise 6: a claim without a live booking, or a live booking's seat without a claim", `
			SELECT coalesce(claims.seat, live.seat) FROM claims FULL JOIN (` + live + `) AS live
				ON claims.show_id = live.show_id AND claims.seat = live.seat AND claims.booking_id = live.id
			WHERE claims.seat IS NULL OR live.seat IS NULL`},
		{eventWaits, `SELECT message::text FROM outbox`},
		{"promise 8: a key that made two bookings", `SELECT idempotency_key FROM bookings GROUP BY customer_id, idempotency_key HAVING count(*) > 1`},
	} {
		var found []string
		harness.Eventually(t, 20*time.Second, "the database answers", func() bool {
			found = nil
			err := db.SelectContext(t.Context(), &found, violation.query)
			return err == nil && (len(found) == 0 || violation.name != eventWaits) // the last events may be in flight
		})
		if len(found) > 0 {
			t.Errorf("%s: %d, such as %s; want none", violation.name, len(found), found[0])
		}
	}

	// Check promises 2 and 3 in the ledger.
	var bookings []struct {
		ID     string `db:"id"`
		Status string `db:"status"`
		Total  int64  `db:"total"`
	}
	if err := db.SelectContext(t.Context(), &bookings, `SELECT id, status, total FROM bookings`); err != nil {
		t.Fatal(err)
	}
	ledger := b.ledger()
	counts := map[string]int{}
	for _, booking := range bookings {
		counts[booking.Status]++
		want := int64(0)
		if booking.Status == "confirmed" {
			want = booking.Total
		}
		if n, sum := ledger.charges(booking.ID); sum != want || n > 1 {
			t.Errorf("booking %s is %s for %d and has %d charges of %d, want a sum of %d", booking.ID, booking.Status, booking.Total, n, sum, want)
		}
		delete(ledger, booking.ID)
	}
	for id := range ledger {
		t.Errorf("the ledger has charges of booking %s, which does not exist", id)
	}
	var cancelledShows int
	if err := db.GetContext(t.Context(), &cancelledShows, `SELECT count(*) FROM shows WHERE id = $1 AND status = 'cancelled'`, cancelledShow); err != nil || cancelledShows != 1 {
		t.Errorf("%d shows %s that are cancelled, %v; want 1", cancelledShows, cancelledShow, err)
	}
	t.Logf("bookings by status: %v", counts)
}
