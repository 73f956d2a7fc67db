package platform

import "time"

// RetryPolicy is how often a broker hands an event to a handler that fails, and
// how long it waits in between.
type RetryPolicy struct {
	Attempts   int
	FirstDelay time.Duration
	MaxDelay   time.Duration
}

// Delay is how long to wait after an attempt has failed, counted from 1. It
// doubles with each, up to MaxDelay.
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

// Exhausted tells whether there are no more attempts after so many.
func (p RetryPolicy) Exhausted(attempts int) bool { return attempts >= p.Attempts }
