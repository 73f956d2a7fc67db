package boundedmap_test

import (
	"sync"
	"testing"

	"example.com/portico/adapters/internal/boundedmap"
)

func TestMap(t *testing.T) {
	t.Run("returns the last value of a key, and nothing for another key", func(t *testing.T) {
		m := boundedmap.New[string, int](2)
		m.Set("a", 1)
		m.Set("a", 2)
		if got, ok := m.Get("a"); !ok || got != 2 {
			t.Errorf("a is %d, %t, want 2, true", got, ok)
		}
		if got, ok := m.Get("b"); ok || got != 0 {
			t.Errorf("b is %d, %t, want 0, false", got, ok)
		}
	})

	t.Run("never exceeds its limit and always has the last entry", func(t *testing.T) {
		const limit = 10
		m := boundedmap.New[int, int](limit)
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
			if want := last%limit + 1; entries != want {
				t.Fatalf("%d entries after setting %d, want %d", entries, last+1, want)
			}
		}
	})

	t.Run("keeps the other entries when it replaces one", func(t *testing.T) {
		m := boundedmap.New[string, int](2)
		m.Set("a", 1)
		m.Set("b", 2)
		m.Set("b", 3)
		if _, ok := m.Get("a"); !ok {
			t.Error("a is missing, want it kept")
		}
	})

	t.Run("is safe for concurrent use", func(t *testing.T) {
		m := boundedmap.New[int, int](5)
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
