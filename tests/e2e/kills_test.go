package e2e

import (
	"math/rand/v2"
	"testing"
	"time"

	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/integration/servers"
)

// TestAKilledProcessKeepsThePromises repeatedly kills the process at random moments while
// customers book, pay and cancel. Then it checks the API and the payment ledger against
// the promises.
func TestAKilledProcessKeepsThePromises(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process for half a minute")
	}
	const enoughKills, mostKills, customers, enoughBookings = 50, 200, 6, 60
	seed := harness.Seed(t)
	dice := rand.New(rand.NewPCG(seed, 0))
	box := openEmbedded(t, "PORTICO_HTTP_ADDR="+servers.FreeAddress(t), "PORTICO_HOLD_FOR=5s", "PORTICO_RATE_PER_ACTOR=off")
	show := box.organiser().openedShow(house())

	crowd := box.startCrowd(show.ID, customers, seed)
	// On a busy machine, fewer bookings are made between kills.
	enough := func(kills int) bool {
		return kills >= mostKills || kills >= enoughKills && crowd.held.Load() >= enoughBookings
	}
	kills := harness.KillRepeatedly(dice, 750*time.Millisecond, enough, func(int) {
		box.Kill()
		box.Start()
	})
	made, paid, cancelled := crowd.stop()
	t.Logf("seed %d: %d kills, %d bookings made, %d payments requested, %d cancelled", seed, kills, made, paid, cancelled)
	if made < enoughBookings || paid == 0 || cancelled == 0 {
		t.Fatalf("%d bookings made, %d payments requested, %d cancelled; want at least %d, 1 and 1", made, paid, cancelled, enoughBookings)
	}
	box.organiser().settles(show.ID)
	box.keepsItsPromises(show.ID, crowd.logs)
}
