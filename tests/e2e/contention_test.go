package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// TestConcurrentBookingsNeverShareASeat simulates 64 concurrent customers of a show with
// 20 seats. Each customer requests 20 different sets of three seats.
func TestConcurrentBookingsNeverShareASeat(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		const customers, rounds = 64, 3
		box := open(t)
		for round := range rounds {
			t.Run(fmt.Sprintf("round %d", round+1), func(t *testing.T) {
				show := box.organiser().openedShow(newShow())
				labels := seatLabels(box.anonymous().seats(show.ID))
				if len(labels) != 20 {
					t.Fatalf("%d seats, want 20", len(labels))
				}
				type outcome struct {
					won  []client.Booking
					lost int
				}
				outcomes := make([]outcome, customers)
				var requests sync.WaitGroup
				for i := range customers {
					c := box.customer(fmt.Sprintf("customer-%d", i))
					requests.Go(func() {
						for first := range len(labels) {
							wanted := []string{labels[(i+first)%20], labels[(i+first+7)%20], labels[(i+first+13)%20]}
							a := c.tryHold(uuid.NewString(), show.ID, wanted...)
							if a.Status == http.StatusCreated {
								outcomes[i].won = append(outcomes[i].won, harness.Decode[client.Booking](a))
								continue
							}
							a.Problem(http.StatusConflict, "seats-taken")
							p := harness.Decode[client.Problem](a)
							if p.Taken == nil || len(*p.Taken) == 0 || slices.ContainsFunc(*p.Taken, func(l string) bool { return !slices.Contains(wanted, l) }) {
								t.Errorf("requested %v, and %v are reported as taken; want some of those requested", wanted, p.Taken)
							}
							outcomes[i].lost++
						}
					})
				}
				requests.Wait()

				owner := map[string]string{}
				lost := 0
				for _, o := range outcomes {
					lost += o.lost
					for _, b := range o.won {
						for _, seat := range b.Seats {
							if other, taken := owner[seat]; taken {
								t.Errorf("seat %s went to booking %s and to %s", seat, other, b.ID)
							}
							owner[seat] = b.ID
						}
					}
				}
				if len(owner) == 0 || lost == 0 {
					t.Fatalf("%d seats won, %d holds refused; want both", len(owner), lost)
				}
				box.anonymous().seatsBecome(show.ID, client.SeatStatusHeld, slices.Collect(maps.Keys(owner))...)
				for label, status := range box.anonymous().seats(show.ID) {
					if _, won := owner[label]; won != (status == client.SeatStatusHeld) {
						t.Errorf("seat %s is %s, and was won by booking %q", label, status, owner[label])
					}
				}
			})
		}
	})
}

func seatLabels(seats map[string]client.SeatStatus) []string {
	var labels []string
	for l := range seats {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	return labels
}
