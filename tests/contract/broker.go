package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Broker is one broker without events, seen through all of its ports.
type Broker struct {
	platform.Publisher
	platform.Subscriber
	platform.DeadLetters
	// Delay is how long the broker waits at least after an attempt has failed,
	// counted from 1.
	Delay func(attempt int) time.Duration
	// Restart is the broker after its process has ended and begun again; nil
	// for one that declares to forget everything then.
	Restart func(t *testing.T) Broker
}

// NewBroker makes a broker that lives as long as the test, tries so many times
// and waits for milliseconds only.
type NewBroker func(t *testing.T, subscriptions []platform.Subscription, attempts int) Broker

// patience is how long something may take that is sure to come. Only a test
// that fails waits for so long.
const patience = 30 * time.Second

// RunBroker holds a broker to platform.Publisher, platform.Subscriber and
// platform.DeadLetters.
func RunBroker(t *testing.T, start NewBroker) {
	t.Run("brings each event to each subscription that wants its type and to no other", func(t *testing.T) {
		t.Parallel()
		wanted := map[string][]string{
			"payments": {"booking.payment_requested"},
			"mail":     {"booking.confirmed", "booking.cancelled"},
			"refunds":  {"booking.cancelled"},
			"idle":     {"show.opened"},
		}
		var subscriptions []platform.Subscription
		for name, types := range wanted {
			subscriptions = append(subscriptions, platform.Subscription{Name: name, Types: types})
		}
		broker := start(t, subscriptions, 3)
		events := everyEvent()
		must(t, broker.Publish(t.Context(), nil))
		must(t, broker.Publish(t.Context(), events))

		for name, types := range wanted {
			came := make(chan string, 100)
			broker.consume(t, name, func(_ context.Context, e platform.Event) error {
				came <- e.Type
				return nil
			})
			missing := map[string]bool{}
			for _, one := range types {
				missing[one] = true
			}
			for len(missing) > 0 {
				got := await(t, came)
				if !slices.Contains(types, got) {
					t.Errorf("%s got an event of type %s", name, got)
				}
				delete(missing, got)
			}
		}
	})

	t.Run("brings every type of event whole", func(t *testing.T) {
		t.Parallel()
		events := everyEvent()
		all := platform.Subscription{Name: "all"}
		for _, e := range events {
			all.Types = append(all.Types, e.Type)
		}
		broker := start(t, []platform.Subscription{all}, 3)
		must(t, broker.Publish(t.Context(), events))

		came := make(chan platform.Event, 100)
		broker.consume(t, "all", func(ctx context.Context, e platform.Event) error {
			if id := ports.CorrelationID(ctx); id != e.CorrelationID {
				t.Errorf("the context has the correlation id %q, the event %q", id, e.CorrelationID)
			}
			came <- e
			return nil
		})
		got := map[ports.EventID]platform.Event{}
		for len(got) < len(events) {
			e := await(t, came)
			got[e.ID] = e
		}
		for _, want := range events {
			wantEqual(t, want.Type, got[want.ID], want)
		}
	})

	t.Run("hands an event over again after an error and after a panic", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 3)
		must(t, broker.Publish(t.Context(), newEvents(1)))
		came := make(chan int, 100)
		var attempts atomic.Int32
		stop := broker.consume(t, "openings", func(context.Context, platform.Event) error {
			attempt := int(attempts.Add(1))
			came <- attempt
			switch attempt {
			case 1:
				return errors.New("no")
			case 2:
				panic("no")
			}
			return nil
		})
		for want := range 3 {
			wantEqual(t, "attempt", await(t, came), want+1)
		}
		stop()
		wantEqual(t, "dead letters", broker.letters(t), nil)
	})

	t.Run("waits longer before each further attempt", func(t *testing.T) {
		t.Parallel()
		const attempts = 4
		broker := start(t, opening, attempts)
		must(t, broker.Publish(t.Context(), newEvents(1)))
		times := make(chan time.Time, 100)
		broker.consume(t, "openings", func(context.Context, platform.Event) error {
			times <- time.Now()
			return errors.New("no")
		})
		last := await(t, times)
		for attempt := 1; attempt < attempts; attempt++ {
			if attempt > 1 && broker.Delay(attempt) <= broker.Delay(attempt-1) {
				t.Errorf("the delay does not grow after attempt %d", attempt)
			}
			next := await(t, times)
			// Some brokers count in whole milliseconds.
			if waited := next.Sub(last) + time.Millisecond; waited < broker.Delay(attempt) {
				t.Errorf("waited for %s after attempt %d, want %s at least", waited, attempt, broker.Delay(attempt))
			}
			last = next
		}
	})

	t.Run("keeps what failed at every attempt as a dead letter", func(t *testing.T) {
		t.Parallel()
		for name, c := range map[string]struct {
			attempts int
			reason   string
			fail     func(attempt int) error
		}{
			"after one attempt": {1, "no seats left 1", func(attempt int) error { return fmt.Errorf("no seats left %d", attempt) }},
			"after more":        {3, "no seats left 3", func(attempt int) error { return fmt.Errorf("no seats left %d", attempt) }},
			"after panics":      {2, "out of luck 2", func(attempt int) error { panic(fmt.Sprintf("out of luck %d", attempt)) }},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				broker := start(t, opening, c.attempts)
				events := newEvents(1)
				before := time.Now().Truncate(time.Microsecond)
				must(t, broker.Publish(t.Context(), events))
				var attempts atomic.Int32
				broker.consume(t, "openings", func(context.Context, platform.Event) error {
					return c.fail(int(attempts.Add(1)))
				})
				letter := broker.awaitLetters(t, 1)[0]
				wantEqual(t, "subscription", letter.Subscription, "openings")
				wantEqual(t, "event", letter.Event, events[0])
				wantEqual(t, "attempts", letter.Attempts, c.attempts)
				if !strings.Contains(letter.Reason, c.reason) {
					t.Errorf("reason %q does not tell %q", letter.Reason, c.reason)
				}
				if letter.At.Before(before) || letter.At.After(time.Now()) || letter.At.Location() != time.UTC {
					t.Errorf("given up at %s, which is not now in UTC", letter.At)
				}
				got, err := broker.Get(t.Context(), letter.ID)
				must(t, err)
				wantEqual(t, "letter", got, letter)
			})
		}
	})

	t.Run("goes on with others while an event fails and while one is under way", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 2)
		events := newEvents(40)
		must(t, broker.Publish(t.Context(), events))
		poisoned, slow := events[0].ID, events[1].ID
		othersHandled := make(chan struct{})
		var mu sync.Mutex
		left := map[ports.EventID]bool{}
		for _, e := range events[2:] {
			left[e.ID] = true
		}
		broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			switch e.ID {
			case poisoned:
				return errors.New("no")
			case slow:
				select {
				case <-othersHandled:
				case <-t.Context().Done():
				}
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if left[e.ID] {
				delete(left, e.ID)
				if len(left) == 0 {
					close(othersHandled)
				}
			}
			return nil
		})
		await(t, othersHandled)
		wantEqual(t, "given up", broker.awaitLetters(t, 1)[0].Event.ID, poisoned)
	})

	t.Run("hands several over at once", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 3)
		const several = 4
		events := newEvents(1 + several)
		handled := make(chan struct{}, 100)
		var under sync.WaitGroup
		under.Add(several)
		allUnder := make(chan struct{})
		go func() {
			under.Wait()
			close(allUnder)
		}()
		var began sync.Map
		broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			if _, again := began.LoadOrStore(e.ID, true); !again && e.ID != events[0].ID {
				under.Done()
				select {
				case <-allUnder:
				case <-t.Context().Done():
				}
			}
			handled <- struct{}{}
			return nil
		})
		must(t, broker.Publish(t.Context(), events[:1]))
		await(t, handled)
		must(t, broker.Publish(t.Context(), events[1:]))
		for range several {
			await(t, handled)
		}
	})

	t.Run("handles each of many events, whoever publishes and whatever fails at first", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 5)
		events := newEvents(500)
		var mu sync.Mutex
		attempts := map[ports.EventID]int{}
		handled := map[ports.EventID]bool{}
		allHandled := make(chan struct{})
		stop := broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			mu.Lock()
			defer mu.Unlock()
			attempts[e.ID]++
			if attempts[e.ID] == 1 && len(attempts)%7 == 0 {
				return errors.New("no")
			}
			if !handled[e.ID] {
				handled[e.ID] = true
				if len(handled) == len(events) {
					close(allHandled)
				}
			}
			return nil
		})
		atOnce(4, func(i int) {
			const each = 125
			mine := events[i*each : (i+1)*each]
			for len(mine) > 0 {
				if err := broker.Publish(t.Context(), mine[:25]); err != nil {
					t.Error(err)
				}
				mine = mine[25:]
			}
		})
		await(t, allHandled)
		stop()
		wantEqual(t, "dead letters", broker.letters(t), nil)
	})

	t.Run("waits for handlers under way when it is told to stop, and lets them finish", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 3)
		must(t, broker.Publish(t.Context(), newEvents(1)))
		began, finish, returned := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		finished := false
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			returned <- broker.Consume(ctx, "openings", func(ctx context.Context, _ platform.Event) error {
				close(began)
				<-finish
				if err := ctx.Err(); err != nil {
					t.Errorf("the handler's context has ended: %v", err)
				}
				finished = true
				return nil
			})
		}()
		await(t, began)
		stop()
		select {
		case err := <-returned:
			t.Errorf("did not wait for the handler: %v", err)
		default:
		}
		close(finish)
		must(t, await(t, returned))
		wantEqual(t, "finished", finished, true)
		must(t, broker.Consume(ctx, "openings", func(context.Context, platform.Event) error {
			t.Error("an event was handed over after the end")
			return nil
		}))
	})

	t.Run("dead letters", func(t *testing.T) { runDeadLetters(t, start) })
	t.Run("restart", func(t *testing.T) { runRestart(t, start) })
}

// runRestart is for brokers that outlive their process.
func runRestart(t *testing.T, start NewBroker) {
	t.Run("loses no event that waits, for the first or for a further attempt", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 50)
		if broker.Restart == nil {
			return
		}
		events := newEvents(20)
		must(t, broker.Publish(t.Context(), events[:10]))
		came := make(chan platform.Event, 1000)
		stop := broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			came <- e
			return errors.New("no")
		})
		for range 10 {
			await(t, came)
		}
		stop()
		must(t, broker.Publish(t.Context(), events[10:]))

		broker = broker.Restart(t)
		handled := make(chan platform.Event, 1000)
		broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			handled <- e
			return nil
		})
		got := map[ports.EventID]platform.Event{}
		for len(got) < len(events) {
			e := await(t, handled)
			got[e.ID] = e
		}
		for _, want := range events {
			wantEqual(t, "event", got[want.ID], want)
		}
	})

	t.Run("loses no dead letter", func(t *testing.T) {
		t.Parallel()
		broker := start(t, opening, 1)
		if broker.Restart == nil {
			return
		}
		events := newEvents(1)
		must(t, broker.Publish(t.Context(), events))
		stop := broker.consume(t, "openings", failing)
		letters := broker.awaitLetters(t, 1)
		stop()

		broker = broker.Restart(t)
		wantEqual(t, "dead letters", broker.letters(t), letters)
		came := make(chan platform.Event, 100)
		broker.consume(t, "openings", func(_ context.Context, e platform.Event) error {
			came <- e
			return nil
		})
		must(t, broker.Replay(t.Context(), letters[0].ID))
		wantEqual(t, "replayed event", await(t, came), events[0])
	})
}

// opening is one subscription to the events that newEvents makes.
var opening = []platform.Subscription{{Name: "openings", Types: []string{"show.opened"}}}

func newEvents(n int) []platform.Event {
	events := make([]platform.Event, n)
	for i := range events {
		id := show.ID(newID())
		events[i] = envelope(string(id), "request 1", show.Opened{Show: id, At: noon})
		events[i].ID = ports.EventID(newID())
		events[i].Headers = map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	}
	return events
}

// everyEvent is one event of each type that the domain has.
func everyEvent() []platform.Event {
	sh, b := show.ID(newID()), booking.ID(newID())
	var events []platform.Event
	for _, body := range []event.Event{
		show.Created{Show: sh, Organisation: "globe", Title: "Hamlet \"é\" 🎭", Venue: "Globe", StartsAt: curtain, Seats: 42, At: noon},
		show.Opened{Show: sh, At: noon},
		show.Cancelled{Show: sh, At: noon},
		booking.SeatsHeld{Booking: b, Show: sh, Customer: "ann", Seats: []show.Label{"B-12", "A-1"}, Total: euros(6500), HeldUntil: noon.Add(holdFor), At: noon},
		booking.PaymentRequested{Booking: b, Attempt: 2, Amount: euros(1 << 60), Token: "tok_ok", At: noon},
		booking.PaymentDeclined{Booking: b, Attempt: 1, Reason: "card says “no”", At: noon},
		booking.Confirmed{Booking: b, Show: sh, Charge: booking.KeyOf(b, 2), Total: euros(0), At: noon},
		booking.HoldExpired{Booking: b, Show: sh, At: noon},
		booking.Cancelled{Booking: b, Show: sh, RefundDue: true, At: noon},
		booking.Refunded{Booking: b, Charge: booking.KeyOf(b, 2), Amount: euros(6500), At: noon},
		booking.Ticketed{Booking: b, Show: sh, At: noon},
		ticket.Issued{Booking: b, Show: sh, Seat: "A-1", At: noon},
		ticket.Admitted{Booking: b, Show: sh, Seat: "A-1", At: curtain},
		ticket.Voided{Booking: b, Show: sh, Seat: "A-1", At: noon},
	} {
		e := envelope(string(b), "request "+newID(), body)
		e.ID = ports.EventID(newID())
		e.Headers = map[string]string{"traceparent": newID(), "tracestate": `a="b",é`}
		events = append(events, e)
	}
	events[0].CorrelationID, events[0].Headers = "", nil
	return events
}

func failing(context.Context, platform.Event) error { return errors.New("no") }

// consume hands events over until stop is called or the test ends.
func (b Broker) consume(t *testing.T, subscription string, handle func(context.Context, platform.Event) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- b.Consume(ctx, subscription, handle) }()
	stop = sync.OnceFunc(func() {
		t.Helper()
		cancel()
		if err := <-returned; err != nil {
			t.Errorf("consume: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (b Broker) letters(t *testing.T) []platform.DeadLetter {
	t.Helper()
	letters, err := b.List(t.Context(), "", 100)
	must(t, err)
	return letters
}

// awaitLetters looks until there are n dead letters.
func (b Broker) awaitLetters(t *testing.T, n int) []platform.DeadLetter {
	t.Helper()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(patience); ; <-look.C {
		letters := b.letters(t)
		if len(letters) == n {
			return letters
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d dead letters, want %d", len(letters), n)
		}
	}
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}
