package system_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/system"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

var (
	_ platform.Clock = system.Clock{}
	_ outbound.IDs   = system.IDs{}
)

func TestClock(t *testing.T) {
	t.Run("shows the machine's time in UTC, to the microsecond", func(t *testing.T) {
		before := time.Now().Truncate(time.Microsecond)
		now := system.Clock{}.Now()
		after := time.Now()

		if now.Before(before) || now.After(after) {
			t.Errorf("it shows %s, between %s and %s", now, before, after)
		}
		if now != now.UTC().Truncate(time.Microsecond) { // ==, so that a store gives back the very value
			t.Errorf("it shows %#v", now)
		}
	})
}

func TestIDs(t *testing.T) {
	ids := system.IDs{}

	t.Run("are UUIDs version 7", func(t *testing.T) {
		v7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		for _, id := range []string{string(ids.Show()), string(ids.Booking())} {
			if !v7.MatchString(id) {
				t.Errorf("%q is none", id)
			}
		}
	})

	t.Run("sort by when they were made, also within a millisecond", func(t *testing.T) {
		made := make([]booking.ID, 10_000)
		for i := range made {
			made[i] = ids.Booking()
		}
		if !slices.IsSorted(made) {
			t.Error("they do not")
		}
	})

	t.Run("are never made twice, however many make them", func(t *testing.T) {
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
			t.Errorf("%d of %d are distinct", distinct, makers*each*2)
		}
	})
}

func TestTicketCode(t *testing.T) {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	seen := map[int]string{} // the digits at each position
	for range 2_000 {
		code := system.IDs{}.TicketCode()
		if len(code) != 26 || strings.Trim(string(code), digits) != "" {
			t.Fatalf("%q is not 26 digits of Crockford's base 32", code)
		}
		if ticket.ParseCode(string(code)) != code {
			t.Fatalf("%q changes when it is scanned", code)
		}
		for i, digit := range string(code) {
			if !strings.ContainsRune(seen[i], digit) {
				seen[i] += string(digit)
			}
		}
	}
	for i, s := range seen {
		if len(s) != len(digits) {
			t.Errorf("only %d digits occur at position %d", len(s), i)
		}
	}
}
