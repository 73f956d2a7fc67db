package rest

import (
	"context"
	"net/http"
	"sync"
)

// turns limits how many costly requests of each caller are handled at a time.
type turns struct {
	mu      sync.Mutex
	callers map[string]*turn
}

type turn struct {
	taken chan struct{} // holds a value for each request that has a turn
	users int           // the caller's requests that have a turn or wait for one
}

func newTurns() *turns { return &turns{callers: map[string]*turn{}} }

// take waits until fewer than n requests of the caller have a turn, and takes one. It
// fails if ctx ends first.
func (t *turns) take(ctx context.Context, caller string, n int) (release func(), err error) {
	t.mu.Lock()
	own := t.callers[caller]
	if own == nil {
		own = &turn{taken: make(chan struct{}, n)}
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
	select {
	case own.taken <- struct{}{}:
		return func() { <-own.taken; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// The turns of a caller. An address has more, because many customers may share it, and
// some of them read slowly.
const (
	turnsPerActor   = 1
	turnsPerAddress = 4
)

// inTurn limits how many requests of a caller are handled at a time. A turn ends when the
// response is sent. Otherwise one caller could keep all processors busy and, by not
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
