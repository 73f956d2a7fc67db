package boxofficeids_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/portico/adapters/system/boxofficeids"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
)

func TestIDs(t *testing.T) {
	ids := boxofficeids.IDs{}

	t.Run("are version 7 UUIDs", func(t *testing.T) {
		v7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		for _, id := range []string{string(ids.Show()), string(ids.Booking())} {
			if !v7.MatchString(id) {
				t.Errorf("%q is not a UUID version 7", id)
			}
		}
	})

	t.Run("sort by creation time, even within a millisecond", func(t *testing.T) {
		made := make([]booking.ID, 10_000)
		for i := range made {
			made[i] = ids.Booking()
		}
		if !slices.IsSorted(made) {
			t.Error("the ids are not sorted")
		}
	})

	t.Run("are unique when several goroutines make them", func(t *testing.T) {
		const makers, each = 8, 2_000
		made := make([][]string, makers)
		var wg sync.WaitGroup
		for m := range makers {
			wg.Go(func() {
				for range each {
					made[m] = append(made[m], string(ids.Booking()), string(ids.TicketCode()))
				}
			})
		}
		wg.Wait()
		all := slices.Concat(made...)
		slices.Sort(all)
		if distinct := len(slices.Compact(all)); distinct != makers*each*2 {
			t.Errorf("%d of %d are distinct, want all", distinct, makers*each*2)
		}
	})
}

func TestTicketCode(t *testing.T) {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	seen := map[int]string{} // digits by position
	for range 2_000 {
		code := boxofficeids.IDs{}.TicketCode()
		if len(code) != 26 || strings.Trim(string(code), digits) != "" {
			t.Fatalf("%q is not 26 digits of Crockford's base 32", code)
		}
		if ticket.ParseCode(string(code)) != code {
			t.Fatalf("%q is %q after parsing, want it unchanged", code, ticket.ParseCode(string(code)))
		}
		for i, digit := range string(code) {
			if !strings.ContainsRune(seen[i], digit) {
				seen[i] += string(digit)
			}
		}
	}
	for i, s := range seen {
		if len(s) != len(digits) {
			t.Errorf("%d digits occur at position %d, want %d", len(s), i, len(digits))
		}
	}
}
