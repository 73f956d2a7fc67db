package memory

import (
	"context"
	"testing"
	"testing/synctest"
)

// TestAQueueWakesWhoStays has a delivery wake one of two who wait, who goes just
// then.
func TestAQueueWakesWhoStays(t *testing.T) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue()
			staying, end := context.WithCancel(t.Context())
			defer end()
			going, leave := context.WithCancel(staying)
			taken := make(chan bool, 2)
			for _, ctx := range []context.Context{going, staying} {
				go func() {
					if _, ok := q.take(ctx); ok {
						taken <- true
					}
				}()
				synctest.Wait() // it waits
			}
			q.put(delivery{})
			leave()
			synctest.Wait()
			if n := len(taken); n != 1 {
				t.Errorf("%d of two took the delivery", n)
			}
		})
	}
}
