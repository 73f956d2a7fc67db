package e2e

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"example.com/portico/tests/integration/servers"
)

// TestKilledAtAnyMoment lets customers book, pay and cancel while the process
// is killed again and again at random moments, and then holds what the API and
// the payment ledger say against the promises. PORTICO_TEST_SEED repeats a run's
// dice, though not its timing.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process for half a minute")
	}
	const enoughKills, mostKills, customers, enoughBookings = 50, 200, 6, 60
	seed := seedOf(t)
	dice := rand.New(rand.NewPCG(seed, 0))
	box := open(t, "PORTICO_HTTP_ADDR="+servers.FreeAddress(t), "PORTICO_HOLD_FOR=5s", "PORTICO_RATE_PER_ACTOR=off")
	show := box.organiser().openedShow(house())

	crowd := box.gather(show.ID, customers, seed)
	kills := 0
	for ; kills < enoughKills || crowd.held.Load() < enoughBookings && kills < mostKills; kills++ { // a busy machine does less between two kills
		time.Sleep(time.Duration(50+dice.IntN(750)) * time.Millisecond) // the random moment itself
		box.kill()
		box.start()
	}
	made, paid, cancelled := crowd.goHome()
	t.Logf("seed %d: %d kills, %d bookings made, %d payments asked for, %d cancelled", seed, kills, made, paid, cancelled)
	if made < enoughBookings || paid == 0 || cancelled == 0 {
		t.Fatal("too little was done for this run to prove anything")
	}
	box.settles(show.ID)
	box.keepsItsPromises(show.ID, crowd.diaries)
}

// seedOf is for a test's dice.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	given := os.Getenv("PORTICO_TEST_SEED")
	if given == "" {
		return uint64(time.Now().UnixNano())
	}
	seed, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		t.Fatalf("PORTICO_TEST_SEED: %v", err)
	}
	return seed
}
