package platform

import (
	"context"
	"time"
)

// Rate is how much is allowed: PerSecond requests in the long run, and Burst of
// them at once.
type Rate struct {
	PerSecond int
	Burst     int
}

// RateDecision is what a rate limiter says of one request.
type RateDecision struct {
	Allowed bool
	// Remaining is how many more would be allowed at once.
	Remaining int
	// RetryAfter is how long to wait before the next is allowed; zero while
	// there is one.
	RetryAfter time.Duration
}

// RateLimiter counts requests per key by the generic cell rate algorithm
// (ITU-T I.371). Shared, and not durable.
type RateLimiter interface {
	// Allow counts one request against the key's rate. Errors: ErrUnavailable.
	Allow(ctx context.Context, key string, rate Rate) (RateDecision, error)
}
