package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"example.com/portico/api/client"
	"example.com/portico/tests/integration/servers"
)

// TestAClusterIsKilledAtAnyMoment lets 32 customers book, pay, cancel and come
// to the door at two shows, one of which is called off on the way, while two
// processes serve, two work, and now one, now another of the four is killed or,
// as for an update, told to end.
// PORTICO_TEST_SEED repeats a run's dice, though not its timing.
func TestAClusterIsKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const customers, enoughKills, mostKills, enoughBookings = 32, 100, 400, 300
	servers.Needed(t)
	seed := seedOf(t)
	dice := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	o := startOthers(t, dir)
	o.payments = simulate(t, filepath.Join(dir, ledger))
	box := prepare(t, dir, o, append(o.settings(), "PORTICO_HOLD_FOR=10s", "PORTICO_RATE_PER_ACTOR=off", "PORTICO_RATE_PER_ADDRESS=off")...).asReleased()

	var processes [4]*process
	launch := func(i int) {
		if i < 2 {
			processes[i] = box.launch([]string{"serve"}, "PORTICO_HTTP_ADDR="+box.roots[i][len("http://"):])
		} else {
			processes[i] = box.launch([]string{"worker"})
		}
	}
	box.roots = []string{"http://" + servers.FreeAddress(t), "http://" + servers.FreeAddress(t)}
	for i := range processes {
		launch(i)
	}
	listening := func() {
		t.Helper()
		for _, root := range box.roots {
			eventually(t, time.Minute, root+" listens", func() bool {
				response, err := httpClient.Get(root + "/problems")
				if err != nil {
					return false
				}
				response.Body.Close()
				return true
			})
		}
	}
	listening()

	goesOn, calledOff := box.organiser().openedShow(house()), box.organiser().openedShow(house())
	crowds := []*crowd{box.gather(goesOn.ID, customers/2, seed), box.gather(calledOff.ID, customers/2, seed+1)}
	done := func() int { return int(crowds[0].held.Load() + crowds[1].held.Load()) }
	var calling sync.WaitGroup
	kills, updates := 0, 0
	for ; kills < enoughKills || done() < enoughBookings && kills < mostKills; kills++ { // a busy machine does less between two kills
		time.Sleep(time.Duration(50+dice.IntN(700)) * time.Millisecond) // the random moment itself
		i := dice.IntN(len(processes))
		processes[i].kill()
		launch(i)
		if kills%5 == 0 {
			i = dice.IntN(len(processes))
			// Before that, it does not know of signals yet.
			eventually(t, time.Minute, "the process says something", func() bool { return processes[i].output.String() != "" })
			if code := processes[i].endBy(t, syscall.SIGTERM); code != 0 {
				t.Errorf("exit code %d, want 0:\n%s", code, processes[i].output.tail())
			}
			launch(i)
			updates++
		}
		if kills == enoughKills*2/3 {
			organiser := &diary{caller: box.organiser(), crowd: crowds[1]}
			calling.Go(func() {
				organiser.insist("POST", "/api/v1/shows/"+calledOff.ID+"/cancel", nil).want(http.StatusAccepted)
			})
		}
	}
	calling.Wait()
	listening()
	var made, paid, cancelled, shown int
	for _, c := range crowds {
		m, p, x := c.goHome()
		made, paid, cancelled, shown = made+m, paid+p, cancelled+x, shown+int(c.admitted.Load())
	}
	t.Logf("seed %d: %d kills and %d updates of 4 processes, %d bookings made by %d customers, %d payments asked for, %d cancelled, %d shown at the door",
		seed, kills, updates, made, customers, paid, cancelled, shown)
	if made < enoughBookings || paid < made/4 || cancelled == 0 || shown == 0 {
		t.Fatal("too little was done for this run to prove anything")
	}
	for i, show := range []client.Show{goesOn, calledOff} {
		box.settles(show.ID)
		box.keepsItsPromises(show.ID, crowds[i].diaries)
	}
	box.keepsItsPromisesInSQL(o.database, calledOff.ID)
}

// keepsItsPromisesInSQL looks at the tables and the ledger themselves. Every
// query finds what is not to be.
func (b *boxOffice) keepsItsPromisesInSQL(database, calledOff string) {
	t := b.t
	t.Helper()
	db, err := sqlx.Open("postgres", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const live = `SELECT id, show_id, json_array_elements(seats) ->> 'label' AS seat, status FROM bookings WHERE status IN ('held', 'paying', 'confirmed')`
	for promise, query := range map[string]string{
		"1: a seat of two live bookings": `SELECT show_id || ' ' || seat FROM (` + live + `) AS live GROUP BY show_id, seat HAVING count(*) > 1`,
		"3: a live booking of a show that was called off": `SELECT bookings.id FROM bookings JOIN shows ON shows.id = show_id
			WHERE shows.status = 'cancelled' AND bookings.status NOT IN ('cancelled', 'expired')`,
		"3: a refund that is due": `SELECT id FROM bookings WHERE refund = 'due'`,
		"4: a confirmed booking whose tickets are not its seats": `
			SELECT id FROM bookings WHERE status = 'confirmed' AND
				(SELECT array_agg(seat ORDER BY seat) FROM tickets WHERE booking_id = bookings.id AND tickets.status <> 'void') IS DISTINCT FROM
				(SELECT array_agg(seat ->> 'label' ORDER BY seat ->> 'label' COLLATE "C") FROM json_array_elements(seats) AS seat)`,
		"4: a valid ticket of a booking that is not confirmed": `
			SELECT code FROM tickets JOIN bookings ON bookings.id = booking_id WHERE tickets.status = 'valid' AND bookings.status <> 'confirmed'`,
		"5: an admission that nobody was let in by": `SELECT code FROM tickets WHERE (status = 'used') <> (admitted_at IS NOT NULL)`,
		"6: a claim without a live booking, or a live booking's seat without a claim": `
			SELECT coalesce(claims.seat, live.seat) FROM claims FULL JOIN (` + live + `) AS live
				ON claims.show_id = live.show_id AND claims.seat = live.seat AND claims.booking_id = live.id
			WHERE claims.seat IS NULL OR live.seat IS NULL`,
		"7: an event that still waits":    `SELECT message::text FROM outbox`,
		"8: a key that made two bookings": `SELECT idempotency_key FROM bookings GROUP BY customer_id, idempotency_key HAVING count(*) > 1`,
	} {
		var found []string
		eventually(t, 20*time.Second, "the database answers", func() bool {
			found = nil
			err := db.SelectContext(t.Context(), &found, query)
			return err == nil && (len(found) == 0 || promise[0] != '7') // the last events may be under way
		})
		if len(found) > 0 {
			t.Errorf("promise %s: %d, such as %s", promise, len(found), found[0])
		}
	}

	// Promises 2 and 3, by the ledger.
	var bookings []struct {
		ID     string `db:"id"`
		Status string `db:"status"`
		Total  int64  `db:"total"`
	}
	if err := db.SelectContext(t.Context(), &bookings, `SELECT id, status, total FROM bookings`); err != nil {
		t.Fatal(err)
	}
	books := b.books()
	counts := map[string]int{}
	for _, booking := range bookings {
		counts[booking.Status]++
		want := int64(0)
		if booking.Status == "confirmed" {
			want = booking.Total
		}
		if n, sum := books.standing(booking.ID); sum != want || n > 1 {
			t.Errorf("booking %s is %s for %d, and %d charges of %d stand", booking.ID, booking.Status, booking.Total, n, sum)
		}
		delete(books, booking.ID)
	}
	for id := range books {
		t.Errorf("there are charges for booking %s, which is not there", id)
	}
	var cancelledShows int
	if err := db.GetContext(t.Context(), &cancelledShows, `SELECT count(*) FROM shows WHERE id = $1 AND status = 'cancelled'`, calledOff); err != nil || cancelledShows != 1 {
		t.Errorf("the show that was called off: %d, %v", cancelledShows, err)
	}
	t.Logf("by SQL: %s", fmt.Sprint(counts))
}
