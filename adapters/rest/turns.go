package rest

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// turns limits how many costly requests of each caller are handled at a time.
type turns struct {
	mu      sync.Mutex
	callers map[string]*turn
}

type turn struct {
	taken   chan struct{} // holds a value for each request that has a turn
	running chan struct{} // holds a value for each of them that may use a processor
	users   int           // the caller's requests that have a turn or wait for one
}

func newTurns() *turns { return &turns{callers: map[string]*turn{}} }

// take waits until fewer than n requests of the caller have a turn and few enough of them
// run, and takes a turn. It fails if ctx ends first.
func (t *turns) take(ctx context.Context, caller string, n int) (release func(), err error) {
	t.mu.Lock()
	own := t.callers[caller]
	if own == nil {
		own = &turn{taken: make(chan struct{}, n), running: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
		t.callers[caller] = own
	}
	own.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(t.callers, caller)
		}
	}
	for i, slots := range []chan struct{}{own.taken, own.running} {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-own.taken
			}
			leave()
			return nil, ctx.Err()
		}
	}
	stop := sync.OnceFunc(func() { <-own.running })
	timer := time.AfterFunc(maxRun, stop)
	return func() { timer.Stop(); stop(); <-own.taken; leave() }, nil
}

// maxRun is how long a request with a turn can use a processor. After that, it is only
// waiting for its client to read the response.
const maxRun = 100 * time.Millisecond

// The turns of a caller. An address has more, because many customers may share it, and
// some of them read slowly.
const (
	turnsPerActor   = 1
	turnsPerAddress = 4
)

// inTurn limits how many requests of a caller are handled at a time, and how many of them
// use a processor: half of the processors. A turn ends when the response is sent. Otherwise one caller could keep all processors busy and, by not
// reading the responses, much memory in use. Callers without a token are identified by
// their address.
func (t *turns) inTurn(address func(*http.Request) string, fail FailFunc) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			caller, n := "actor "+byActor(r), turnsPerActor
			if ActorOf(r.Context()).ID() == "" {
				caller, n = "address "+address(r), turnsPerAddress
			}
			release, err := t.take(r.Context(), caller, n)
			if err != nil {
				fail(w, r, err)
				return
			}
			defer release()
			next.ServeHTTP(w, r)
		})
	}
}
