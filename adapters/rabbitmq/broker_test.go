package rabbitmq_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestContract(t *testing.T) {
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			at := servers.RabbitMQ(t) // the services of a round share a virtual host
			var services atomic.Int64
			contract.RunBroker(t, contract.Notes{}, func(t *testing.T, subscriptions []platform.Subscription, attempts int) contract.Broker {
				t.Helper()
				policy := platform.RetryPolicy{Attempts: attempts, FirstDelay: 20 * time.Millisecond, MaxDelay: 80 * time.Millisecond}
				return contractBroker(t, at, fmt.Sprint("service-", services.Add(1)), subscriptions, policy)
			})
		})
	}
}

func contractBroker(t *testing.T, at, name string, subscriptions []platform.Subscription, policy platform.RetryPolicy) contract.Broker {
	t.Helper()
	b, err := declaredAs(t.Context(), at, name, contract.Notes{}, subscriptions, policy, ignoreErrors)
	testkit.Must(t, err)
	t.Cleanup(func() { b.Close() })
	openAnother := func(t *testing.T) contract.Broker {
		t.Helper()
		return contractBroker(t, at, name, subscriptions, policy)
	}
	return contract.Broker{
		Publisher: b, Subscriber: b, DeadLetters: b, Delay: policy.Delay,
		Reopen: func(t *testing.T) contract.Broker {
			t.Helper()
			testkit.Must(t, b.Close())
			return openAnother(t)
		},
		OpenAnother: openAnother,
	}
}

func TestDeclare(t *testing.T) {
	t.Run("never reveals the password", func(t *testing.T) {
		t.Parallel()
		right, err := url.Parse(servers.RabbitMQ(t))
		testkit.Must(t, err)
		wrongPassword, noVhost, away := *right, *right, *right
		wrongPassword.User = url.UserPassword(right.User.Username(), "s3cret")
		noVhost.Path = "/no-such-vhost"
		away.User, away.Host = wrongPassword.User, "127.0.0.1:1"
		for _, c := range []struct {
			name        string
			at          string
			unavailable bool
		}{
			{"not a URL", "amqp://user:s3cret /", false},
			{"password with a slash", "amqp://user:s3cret/s3cret@localhost/", false},
			{"password with a percent", "amqp://user:s3cret%@localhost/", false},
			{"other scheme", "https://user:s3cret@localhost/", false},
			{"wrong password", wrongPassword.String(), true},
			{"no such vhost", noVhost.String(), false},
			{"no server", away.String(), true},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				_, err := declared(t.Context(), c.at, notes, threeAttempts, ignoreErrors)
				if err == nil || errors.Is(err, ports.ErrUnavailable) != c.unavailable {
					t.Errorf("got error %v, want unavailable: %t", err, c.unavailable)
				}
				password, _ := right.User.Password()
				if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), ":"+password)) {
					t.Errorf("the error reveals the password: %v", err)
				}
			})
		}
	})

	t.Run("returns when its context ends", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		p.HalfOpen()
		defer p.Restore()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := declared(ctx, p.URL, notes, threeAttempts, ignoreErrors)
		testkit.WantError(t, err, context.DeadlineExceeded)
	})
}

func TestPing(t *testing.T) {
	t.Run("fails while the broker is unavailable", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		testkit.Must(t, b.Ping(t.Context()))
		p.Cut()
		testkit.WantError(t, b.Ping(t.Context()), ports.ErrUnavailable)
		p.Restore()
		testkit.Must(t, b.Ping(t.Context()))
		testkit.Must(t, b.Close())
		testkit.WantError(t, b.Ping(t.Context()), ports.ErrUnavailable)
		testkit.Eventually(t, "the connections are closed", func() bool { return p.Connections() == 0 })
	})

	t.Run("returns when its context ends, even if the broker is silent", func(t *testing.T) {
		t.Parallel()
		p := servers.Proxy(t, servers.RabbitMQ(t))
		b := open(t, p.URL)
		p.HalfOpen()
		defer p.Restore()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		testkit.WantError(t, b.Ping(ctx), context.DeadlineExceeded)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %s, want less than 5s", took)
		}
	})
}

var (
	notes         = []platform.Subscription{contract.Notes{}.Subscription()}
	threeAttempts = platform.RetryPolicy{Attempts: 3, FirstDelay: 10 * time.Millisecond, MaxDelay: 20 * time.Millisecond}
)

func ignoreErrors(context.Context, error) {}

func declared(ctx context.Context, at string, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) (*rabbitmq.Broker, error) {
	return declaredAs(ctx, at, "test", contract.Notes{}, subscriptions, policy, report)
}

func declaredAs(ctx context.Context, at, name string, codec platform.EventCodec, subscriptions []platform.Subscription, policy platform.RetryPolicy, report func(context.Context, error)) (*rabbitmq.Broker, error) {
	b, err := rabbitmq.New(at, name, codec, subscriptions, policy, report)
	if err != nil {
		return nil, err
	}
	if err := b.Declare(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func open(t testing.TB, at string) *rabbitmq.Broker {
	t.Helper()
	b, err := declared(t.Context(), at, notes, threeAttempts, ignoreErrors)
	testkit.Must(t, err)
	t.Cleanup(func() { b.Close() })
	return b
}

// consume handles events of the notes subscription until stop is called or the test ends.
func consume(t *testing.T, b *rabbitmq.Broker, handle func(context.Context, platform.Event) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- b.Consume(ctx, "notes", handle) }()
	stop = func() {
		t.Helper()
		cancel()
		if err, first := <-returned; first {
			testkit.Must(t, err)
			close(returned)
		}
	}
	t.Cleanup(stop)
	return stop
}

// newEvents makes n events for the notes subscription.
func newEvents(n int) []platform.Event {
	events := make([]platform.Event, n)
	for i := range events {
		events[i] = contract.Notes{}.New()
		events[i].CorrelationID = fmt.Sprint("request ", i)
	}
	return events
}

// rawChannel opens a channel that bypasses the adapter.
func rawChannel(t testing.TB, at string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(at)
	testkit.Must(t, err)
	t.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	testkit.Must(t, err)
	return ch
}

func readyIn(t *testing.T, ch *amqp.Channel, queue string) int {
	t.Helper()
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	testkit.Must(t, err)
	return q.Messages
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(testkit.Timeout):
		t.Fatal("waited for too long")
		panic("unreachable")
	}
}

func wantEqual[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
