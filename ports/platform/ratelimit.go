package platform

import (
	"context"
	"time"
)

// Rate is a rate limit: PerSecond requests on average, and Burst at once.
type Rate struct {
	PerSecond int
	Burst     int
}

// RateDecision is the decision about one request.
type RateDecision struct {
	Allowed    bool
	Remaining  int           // further requests allowed now
	RetryAfter time.Duration // until the next request is allowed; zero if Remaining > 0
}

// RateLimiter limits requests per key with the generic cell rate algorithm (ITU-T I.371).
// Shared, and not durable.
type RateLimiter interface {
	// Allow decides whether the rate allows a request for the key, and counts the request
	// if so. Errors: ErrUnavailable.
	Allow(ctx context.Context, key string, rate Rate) (RateDecision, error)
}
