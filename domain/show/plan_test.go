package show_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

func TestPlan(t *testing.T) {
	eur, err := money.ParseCurrency("EUR")
	wantNoError(t, err)
	price, err := money.New(4500, eur)
	wantNoError(t, err)
	tiers := []show.Tier{{Name: "stalls", Price: price}}
	plan, err := show.NewPlan(tiers, []show.Row{{Name: "B", Seats: 2, Tier: "stalls"}, {Name: "10", Seats: 10, Tier: "stalls"}})
	wantNoError(t, err)

	t.Run("yields the seats row by row in the given order", func(t *testing.T) {
		var labels []show.Label
		for s := range plan.Seats() {
			labels = append(labels, s.Label)
			if s.Tier != "stalls" || s.Price != price {
				t.Errorf("seat %s is in %s at %s", s.Label, s.Tier, s.Price)
			}
		}
		want := []show.Label{"B-1", "B-2", "10-1", "10-2", "10-3", "10-4", "10-5", "10-6", "10-7", "10-8", "10-9", "10-10"}
		if !slices.Equal(labels, want) || plan.Len() != len(want) {
			t.Errorf("%d seats %v, want %v", plan.Len(), labels, want)
		}
	})
	t.Run("stops yielding seats after a break", func(t *testing.T) {
		for s := range plan.Seats() {
			if s.Label != "B-1" {
				t.Errorf("continued to %s", s.Label)
			}
			break
		}
	})
	t.Run("finds a seat by its label", func(t *testing.T) {
		want := show.Seat{Label: "10-10", Tier: "stalls", Price: price}
		if got, ok := plan.Seat("10-10"); !ok || got != want {
			t.Errorf("got %v, %t", got, ok)
		}
	})
	t.Run("finds no seat for any other label", func(t *testing.T) {
		for _, label := range []show.Label{
			"", "-", "B", "B-", "B-0", "B-3", "B--1", "B-01", "B-+1", "B-1 ", " B-1", "b-1", "C-1", "-1", "B-1-1", "B-1.0", "B-１",
			"B-18446744073709551617",
		} {
			if got, ok := plan.Seat(label); ok {
				t.Errorf("Seat(%q) = %v, want none", label, got)
			}
		}
	})
}

// TestAnyPlan generates plans. Every seat must have a unique label. Plan.Seat must find
// the seat by this label, and no seat by any other label.
func TestAnyPlan(t *testing.T) {
	rowNames := rapid.StringMatching(`[A-Ca-c0-2]{1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		spec := hamlet()
		names := rapid.SliceOfNDistinct(rowNames, 1, 8, rapid.ID[string]).Draw(t, "rows")
		spec.Rows = nil
		for i, name := range names {
			tier := spec.Tiers[i%2].Name
			spec.Rows = append(spec.Rows, show.Row{Name: name, Seats: rapid.IntRange(1, 30).Draw(t, "seats"), Tier: tier})
		}
		s, err := show.New("s1", globe, spec, noon)
		if err != nil {
			t.Fatal(err)
		}
		seats := map[show.Label]show.Seat{}
		for seat := range s.Plan().Seats() {
			seats[seat.Label] = seat
		}
		if len(seats) != s.Plan().Len() {
			t.Errorf("%d labels for %d seats", len(seats), s.Plan().Len())
		}
		for label, want := range seats {
			if got, ok := s.Plan().Seat(label); !ok || got != want {
				t.Errorf("Seat(%q) = %v, %t", label, got, ok)
			}
		}
		other := show.Label(fmt.Sprintf("%s-%d", rowNames.Draw(t, "row"), rapid.IntRange(-1, 31).Draw(t, "number")))
		if want, is := seats[other]; is {
			if got, ok := s.Plan().Seat(other); !ok || got != want {
				t.Errorf("Seat(%q) = %v, %t", other, got, ok)
			}
		} else if got, ok := s.Plan().Seat(other); ok {
			t.Errorf("Seat(%q) = %v, which is not in the plan", other, got)
		}
	})
}
