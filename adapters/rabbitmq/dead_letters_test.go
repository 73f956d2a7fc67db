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
)

// inTurn waits for longer than one look does for who looks before it.
func inTurn(look func() error) error {
	var err error
	for range 5 {
		if err = look(); !errors.Is(err, ports.ErrUnavailable) {
			return err
		}
	}
	return err
}

func TestDeadLetters(t *testing.T) {
	t.Run("are all there for each of many who look at once", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b := open(t, at)
		letters := giveUp(t, b, 50)
		var looking sync.WaitGroup
		for i := range 4 {
			looking.Go(func() {
				b := open(t, at)
				for j := range 10 {
					var found []platform.DeadLetter
					err := inTurn(func() (err error) {
						found, err = b.List(t.Context(), "", 100)
						return err
					})
					if err != nil || len(found) != len(letters) {
						t.Errorf("%d letters, want %d: %v", len(found), len(letters), err)
					}
					err = inTurn(func() error {
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

	t.Run("are replayed while others look, each once", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		letters := giveUp(t, b, 20)
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
		wantEqual(t, "replayed", readyIn(t, ch, "test.posters"), 20)
		wantLetters(t, b, 0)
	})

	t.Run("stay when whoever looks is cut off", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		p := servers.Proxy(t, at)
		b := open(t, at)
		letters := giveUp(t, b, 20)
		looker := open(t, p.URL)
		cutting, stop := context.WithCancel(t.Context())
		var looking sync.WaitGroup
		looking.Go(func() {
			for cutting.Err() == nil {
				_, _ = looker.List(cutting, "", 100) // it may work before the cut
			}
		})
		for range 20 {
			found, err := b.List(t.Context(), "", 100)
			if err == nil && len(found) > len(letters) {
				t.Errorf("%d letters", len(found))
			}
			p.Drop()
		}
		stop()
		looking.Wait()
		wantLetters(t, b, len(letters))
	})

	t.Run("of one event are one, however often it was given up", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		b, ch := open(t, at), rawChannel(t, at)
		first := giveUp(t, b, 1)[0]
		for range 2 {
			must(t, b.Publish(t.Context(), []platform.Event{first.Event}))
			dead := readyIn(t, ch, "test.posters.dead")
			stop := consume(t, b, failing)
			eventually(t, func() bool { return readyIn(t, ch, "test.posters.dead") > dead })
			stop()
		}
		wantEqual(t, "id", wantLetters(t, b, 1)[0].ID, first.ID)
		must(t, b.Discard(t.Context(), first.ID))
		wantLetters(t, b, 0)
		wantEqual(t, "copies", readyIn(t, ch, "test.posters.dead"), 0)
	})

	t.Run("cannot be seen while the broker is away", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		id := giveUp(t, b, 1)[0].ID
		p.Cut()
		_, err := b.List(t.Context(), "", 1)
		wantError(t, err, ports.ErrUnavailable)
		_, err = b.Get(t.Context(), id)
		wantError(t, err, ports.ErrUnavailable)
		wantError(t, b.Replay(t.Context(), id), ports.ErrUnavailable)
		wantError(t, b.Discard(t.Context(), id), ports.ErrUnavailable)
	})

	t.Run("are let go of when the context ends", func(t *testing.T) {
		t.Parallel()
		at := servers.RabbitMQ(t)
		p := servers.Proxy(t, at)
		b := open(t, p.URL)
		giveUp(t, b, 3)
		p.HalfOpen()
		defer p.Restore()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := b.List(ctx, "", 100)
		wantError(t, err, context.DeadlineExceeded)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		p.Restore()
		wantLetters(t, open(t, at), 3)
	})
}

func failing(context.Context, platform.Event) error { return errors.New("no paper") }

// giveUp makes n dead letters.
func giveUp(t *testing.T, b *rabbitmq.Broker, n int) []platform.DeadLetter {
	t.Helper()
	must(t, b.Publish(t.Context(), newEvents(n)))
	stop := consume(t, b, failing)
	defer stop()
	return wantLetters(t, b, n)
}

// wantLetters looks until there are n dead letters.
func wantLetters(t *testing.T, b *rabbitmq.Broker, n int) []platform.DeadLetter {
	t.Helper()
	var letters []platform.DeadLetter
	eventually(t, func() bool {
		var err error
		letters, err = b.List(t.Context(), "", n+1)
		must(t, err)
		return len(letters) == n
	})
	return letters
}
