package platform

import "time"

// RetryPolicy defines how often a broker delivers an event whose handler fails, and
// the delays between attempts.
type RetryPolicy struct {
	Attempts   int
	FirstDelay time.Duration
	MaxDelay   time.Duration
}

// Delay returns how long to wait after the given attempt, counted from 1. The delay
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

// Exhausted reports whether no attempt is left.
func (p RetryPolicy) Exhausted(attempts int) bool { return attempts >= p.Attempts }
