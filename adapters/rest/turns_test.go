package rest_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/portico/adapters/rest"
	"example.com/portico/tests/resttest"
)

// TestCostlyOperations keeps as many requests in progress as are allowed. Further requests
// wait for their turn until the time limit.
func TestCostlyOperations(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	srv := start(t, setup{
		config: rest.Config{Timeout: 500 * time.Millisecond}, // each anonymous request may wait for the one before
		getNote: func(w http.ResponseWriter, r *http.Request) error {
			select {
			case begun <- struct{}{}:
				<-end
			case <-r.Context().Done(): // no request was expected to begin
			}
			w.Header().Set("Content-Type", "application/json")
			_, err := w.Write([]byte(note))
			return err
		},
	})
	var sending sync.WaitGroup
	begin := func(changes ...resttest.Change) {
		sending.Go(func() {
			if a := srv.Send(t, "GET", notePath, "", changes...); a.Status != http.StatusOK {
				t.Errorf("got status %d for a request in progress, want 200", a.Status)
			}
		})
		<-begun
	}
	waits := func(t *testing.T, path string, changes ...resttest.Change) {
		t.Helper()
		srv.Send(t, "GET", path, "", changes...).WantProblem(t, http.StatusServiceUnavailable, "unavailable")
	}

	begin(resttest.As("alice"))
	t.Run("are handled one at a time for an actor", func(t *testing.T) { waits(t, notePath, resttest.As("alice")) })
	begin(resttest.As("bob"))
	for range 4 {
		begin()
	}
	t.Run("are handled four at a time for an address", func(t *testing.T) { waits(t, notePath) })
	t.Run("share their turns with the files of the documentation", func(t *testing.T) { waits(t, "/docs/swagger-ui-bundle.js") })
	close(end)
	sending.Wait()

	sending.Go(func() { <-begun })
	t.Run("are handled again after a turn ends", func(t *testing.T) {
		if a := srv.Send(t, "GET", notePath, "", resttest.As("alice")); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
	})
	sending.Wait()
}
