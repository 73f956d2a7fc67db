package platform

import (
	"errors"
	"time"
)

// ErrPermanent means that no further attempt can succeed. An event whose handler returns
// it becomes a dead letter at once.
var ErrPermanent = errors.New("permanent failure")

// RetryPolicy defines how many times a failing handler is called for an event, and the
// delays between these attempts.
type RetryPolicy struct {
	Attempts   int
	FirstDelay time.Duration
	MaxDelay   time.Duration
}

// Delay returns the delay after the given attempt. The first attempt is 1. The delay
// doubles with each attempt, up to MaxDelay.
func (p RetryPolicy) Delay(attempt int) time.Duration {
	delay := p.FirstDelay
	for range attempt - 1 {
		if delay > p.MaxDelay/2 {
			return p.MaxDelay
		}
		delay *= 2
	}
	return min(delay, p.MaxDelay)
}

// Exhausted reports whether no attempts remain after the given number of attempts.
func (p RetryPolicy) Exhausted(attempts int) bool { return attempts >= p.Attempts }
