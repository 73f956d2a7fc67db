package boundedmap_test

import (
	"strings"
	"sync"
	"testing"

	"example.com/portico/adapters/internal/boundedmap"
)

func one(int) int { return 1 }

func length(s string) int { return len(s) }

func TestMap(t *testing.T) {
	t.Run("returns the last value of a key, and nothing for another key", func(t *testing.T) {
		m := boundedmap.New[string](2, one)
		m.Set("a", 1)
		m.Set("a", 2)
		if got, ok := m.Get("a"); !ok || got != 2 {
			t.Errorf("a is %d, %t, want 2, true", got, ok)
		}
		if got, ok := m.Get("b"); ok || got != 0 {
			t.Errorf("b is %d, %t, want 0, false", got, ok)
		}
	})

	t.Run("removes one entry for each new one when it is full", func(t *testing.T) {
		const limit = 10
		m := boundedmap.New[int](limit, one)
		for last := range 3*limit + 1 {
			m.Set(last, last)
			if _, ok := m.Get(last); !ok {
				t.Fatalf("entry %d is missing right after it was set", last)
			}
			var entries int
			for key := range last + 1 {
				if _, ok := m.Get(key); ok {
					entries++
				}
			}
			if want := min(last+1, limit); entries != want {
				t.Fatalf("%d entries after setting %d, want %d", entries, last+1, want)
			}
		}
	})

	t.Run("limits the weight of all entries", func(t *testing.T) {
		m := boundedmap.New[int](100, length)
		for key := range 50 {
			m.Set(key, strings.Repeat("x", 1+key%30))
			m.Set(key/2, strings.Repeat("y", 1+key%20)) // may replace an entry
			total := 0
			for other := range 50 {
				value, _ := m.Get(other)
				total += len(value)
			}
			if total > 100 {
				t.Fatalf("the entries weigh %d after key %d, want at most 100", total, key)
			}
		}
	})

	t.Run("does not keep an entry that weighs more than the limit", func(t *testing.T) {
		m := boundedmap.New[string](10, length)
		m.Set("a", "small")
		m.Set("b", "small")
		m.Set("a", "larger than the limit")
		if got, ok := m.Get("a"); ok {
			t.Errorf("a is %q, want it removed", got)
		}
		if _, ok := m.Get("b"); !ok {
			t.Error("b is missing, want it kept")
		}
	})

	t.Run("keeps the other entries when it replaces one", func(t *testing.T) {
		m := boundedmap.New[string](2, one)
		m.Set("a", 1)
		m.Set("b", 2)
		m.Set("b", 3)
		if _, ok := m.Get("a"); !ok {
			t.Error("a is missing, want it kept")
		}
	})

	t.Run("is safe for concurrent use", func(t *testing.T) {
		m := boundedmap.New[int](5, one)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				m.Set(i, i)
				if got, ok := m.Get(i); ok && got != i {
					t.Errorf("entry %d is %d", i, got)
				}
			})
		}
		wg.Wait()
	})
}
