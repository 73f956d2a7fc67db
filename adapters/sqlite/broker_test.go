package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

func TestBroker(t *testing.T) {
	t.Run("counts attempts across restarts", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		newDBAt(t, path)
		publish(t, newBroker(openDB(t, path)), "e1")
		for range 3 { // one attempt in each process
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			testkit.Must(t, newBroker(openDB(t, path)).Consume(ctx, "notes", func(context.Context, platform.Event) error {
				stop()
				return errors.New("no paper")
			}))
		}
		letter := onlyLetter(t, newBroker(openDB(t, path)))
		if letter.Attempts != 3 || letter.Reason != "no paper" || letter.Event.ID != "e1" {
			t.Errorf("got dead letter %+v, want e1 after 3 attempts without paper", letter)
		}
	})

	t.Run("shares the work between consumers in two processes", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		newDBAt(t, path)
		const first, rest = 16, 60 // each consumer handles 8 events at once
		var (
			mu      sync.Mutex
			handled = map[ports.EventID]int{}
			left    = rest
			busy    sync.WaitGroup
			working sync.WaitGroup
		)
		busy.Add(2)
		release := make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for range 2 {
			var once sync.Once
			b := newBroker(openDB(t, path))
			working.Go(func() {
				err := b.Consume(ctx, "notes", func(_ context.Context, e platform.Event) error {
					once.Do(busy.Done)
					<-release
					mu.Lock()
					defer mu.Unlock()
					handled[e.ID]++
					if strings.HasPrefix(string(e.ID), "rest") {
						left--
					}
					if left == 0 {
						stop()
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		publisher := newBroker(openDB(t, path))
		publish(t, publisher, ids("first", first)...)
		busy.Wait() // both consumers have begun, and no longer reclaim leases
		publish(t, publisher, ids("rest", rest)...)
		close(release)
		working.Wait()
		for _, id := range ids("rest", rest) {
			if handled[id] != 1 {
				t.Errorf("%s was handled %d times, want once", id, handled[id])
			}
		}
	})

	t.Run("lets another process replay a dead letter", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		worker, operator := newBroker(newDBAt(t, path)), newBroker(openDB(t, path))
		publish(t, worker, "e1")
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var attempts int
		testkit.Must(t, worker.Consume(ctx, "notes", func(context.Context, platform.Event) error {
			attempts++
			switch attempts {
			case 3:
				go func() {
					for len(letters(t, operator)) == 0 {
						time.Sleep(time.Millisecond)
					}
					testkit.Must(t, operator.Replay(ctx, letters(t, operator)[0].ID))
				}()
			case 4:
				stop()
				return nil
			}
			return errors.New("no paper")
		}))
		if left := letters(t, operator); len(left) > 0 {
			t.Errorf("got letters %+v, want none", left)
		}
	})

	t.Run("delivers a waiting event once, even if it is published again", func(t *testing.T) {
		t.Parallel()
		b := newBroker(newDB(t))
		publish(t, b, "e1", "e1")
		publish(t, b, "e1")
		publish(t, b, "last")
		seen := map[ports.EventID]int{}
		consume(t, b, 2, func(e platform.Event) error {
			seen[e.ID]++
			return nil
		})
		if seen["e1"] != 1 {
			t.Errorf("e1 was delivered %d times, want once", seen["e1"])
		}
	})

	t.Run("truncates the long reason of a dead letter", func(t *testing.T) {
		t.Parallel()
		b := newBroker(newDB(t))
		publish(t, b, "e1")
		consume(t, b, 3, func(platform.Event) error { return errors.New(strings.Repeat("very ", 1000) + "bad") })
		if reason := onlyLetter(t, b).Reason; len(reason) != 2000 {
			t.Errorf("the reason has %d bytes, want 2000", len(reason))
		}
	})

	t.Run("lists a dead letter whose event it cannot decode", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "portico.db")
		b := newBroker(newDBAt(t, path))
		rawSQL(t, path).MustExec(`INSERT INTO deliveries VALUES ('notes', 'e1', '{"id": "e1", "type": "note.unknown", "data": {}}', 2, 0, NULL)`)
		publish(t, b, "e2")
		consume(t, b, 1, func(platform.Event) error { return nil })
		for len(letters(t, b)) == 0 {
			time.Sleep(time.Millisecond)
		}
		letter := onlyLetter(t, b)
		if letter.Event.ID != "e1" || !strings.Contains(letter.Reason, "note.unknown") {
			t.Errorf("got dead letter %+v, want e1 with the unknown type as reason", letter)
		}
	})

	t.Run("refuses an unknown subscription", func(t *testing.T) {
		t.Parallel()
		if err := newBroker(newDB(t)).Consume(t.Context(), "flyers", nil); err == nil {
			t.Error("got no error")
		}
	})
}

func newBroker(db *sqlite.DB) *sqlite.Broker {
	policy := platform.RetryPolicy{Attempts: 3, FirstDelay: time.Millisecond, MaxDelay: time.Millisecond}
	return sqlite.NewBroker(db, []platform.Subscription{contract.Notes{}.Subscription()}, policy, func(context.Context, error) {})
}

func consume(t *testing.T, b *sqlite.Broker, n int, handle func(platform.Event) error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	testkit.Must(t, b.Consume(ctx, "notes", func(_ context.Context, e platform.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if n--; n == 0 {
			stop()
		}
		return handle(e)
	}))
}

func publish(t *testing.T, b *sqlite.Broker, published ...ports.EventID) {
	t.Helper()
	var events []platform.Event
	for _, id := range published {
		events = append(events, contract.Notes{}.WithID(id))
	}
	testkit.Must(t, b.Publish(t.Context(), events))
}

func ids(name string, n int) []ports.EventID {
	made := make([]ports.EventID, n)
	for i := range made {
		made[i] = ports.EventID(fmt.Sprintf("%s-%d", name, i))
	}
	return made
}

func letters(t *testing.T, b *sqlite.Broker) []platform.DeadLetter {
	t.Helper()
	found, err := b.List(t.Context(), "", 10)
	testkit.Must(t, err)
	return found
}

func onlyLetter(t *testing.T, b *sqlite.Broker) platform.DeadLetter {
	t.Helper()
	found := letters(t, b)
	if len(found) != 1 {
		t.Fatalf("%d dead letters, want 1", len(found))
	}
	return found[0]
}
