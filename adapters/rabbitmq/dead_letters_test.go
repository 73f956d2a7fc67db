package rabbitmq_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// retryInspection calls inspect up to five times, because a call can time out while it
// waits for other inspections.
func retryInspection(inspect func() error) error {
	var err error
	for range 5 {
		if err = inspect(); !errors.Is(err, ports.ErrUnavailable) {
			return err
		}
	}
	return err
}

func TestDeadLetters(t *testing.T) {
	t.Run("are all visible to concurrent readers", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b := open(t, at)
		letters := makeLetters(t, b, 50)
		var looking sync.WaitGroup
		for i := range 4 {
			looking.Go(func() {
				b := open(t, at)
				for j := range 10 {
					var found []platform.DeadLetter
					err := retryInspection(func() (err error) {
						found, err = b.List(t.Context(), "", 100)
						return err
					})
					if err != nil || len(found) != len(letters) {
						t.Errorf("got %d letters, want %d: %v", len(found), len(letters), err)
					}
					err = retryInspection(func() error {
						_, err := b.Get(t.Context(), letters[i*10+j].ID)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		looking.Wait()
	})

	t.Run("are each replayed exactly once by concurrent processes", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		letters := makeLetters(t, b, 20)
		var working sync.WaitGroup
		for i := range 2 {
			working.Go(func() {
				b := open(t, at)
				for _, l := range letters[i*10 : i*10+10] {
					if err := b.Replay(t.Context(), l.ID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		working.Wait()
		wantEqual(t, "replayed", readyIn(t, ch, "test.notes"), 20)
		wantLetters(t, b, 0)
	})

	t.Run("remain when a reader's connection is cut", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		p := servers.Proxy(t, at)
		b := open(t, at)
		letters := makeLetters(t, b, 20)
		reader := open(t, p.URL)
		cutting, stop := context.WithCancel(t.Context())
		var looking sync.WaitGroup
		looking.Go(func() {
			for cutting.Err() == nil {
				_, _ = reader.List(cutting, "", 100) // fails if the connection is cut meanwhile
			}
		})
		for range 20 {
			found, err := b.List(t.Context(), "", 100)
			if err == nil && len(found) > len(letters) {
				t.Errorf("got %d letters, want at most %d", len(found), len(letters))
			}
			p.Drop()
		}
		stop()
		looking.Wait()
		wantLetters(t, b, len(letters))
	})

	t.Run("of the same event appear as one letter", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		first := makeLetters(t, b, 1)[0]
		for range 2 {
			testkit.Must(t, b.Publish(t.Context(), []platform.Event{first.Event}))
			dead := readyIn(t, ch, "test.notes.dead")
			stop := consume(t, b, failing)
			testkit.Eventually(t, "the reader has dead letters", func() bool { return readyIn(t, ch, "test.notes.dead") > dead })
			stop()
		}
		wantEqual(t, "id", wantLetters(t, b, 1)[0].ID, first.ID)
		testkit.Must(t, b.Discard(t.Context(), first.ID))
		wantLetters(t, b, 0)
		wantEqual(t, "copies", readyIn(t, ch, "test.notes.dead"), 0)
	})

	t.Run("are unavailable while the broker is unavailable", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		id := makeLetters(t, b, 1)[0].ID
		p.Cut()
		_, err := b.List(t.Context(), "", 1)
		testkit.WantError(t, err, ports.ErrUnavailable)
		_, err = b.Get(t.Context(), id)
		testkit.WantError(t, err, ports.ErrUnavailable)
		testkit.WantError(t, b.Replay(t.Context(), id), ports.ErrUnavailable)
		testkit.WantError(t, b.Discard(t.Context(), id), ports.ErrUnavailable)
	})

	t.Run("remain when the context of List ends", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		p := servers.Proxy(t, at)
		b := open(t, p.URL)
		makeLetters(t, b, 3)
		p.HalfOpen()
		defer p.Restore()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := b.List(ctx, "", 100)
		testkit.WantError(t, err, context.DeadlineExceeded)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %s, want less than 5s", took)
		}
		p.Restore()
		wantLetters(t, open(t, at), 3)
	})
}

func failing(context.Context, platform.Event) error { return errors.New("no paper") }

func makeLetters(t *testing.T, b *rabbitmq.Broker, n int) []platform.DeadLetter {
	t.Helper()
	testkit.Must(t, b.Publish(t.Context(), newEvents(n)))
	stop := consume(t, b, failing)
	defer stop()
	return wantLetters(t, b, n)
}

// wantLetters waits until there are n dead letters.
func wantLetters(t *testing.T, b *rabbitmq.Broker, n int) []platform.DeadLetter {
	t.Helper()
	var letters []platform.DeadLetter
	testkit.Eventually(t, "the dead letters are there", func() bool {
		var err error
		letters, err = b.List(t.Context(), "", n+1)
		testkit.Must(t, err)
		return len(letters) == n
	})
	return letters
}
