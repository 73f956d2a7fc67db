package platform

import "context"

// Outbox keeps what has happened. It has no seat in any one domain.
type Outbox interface {
	Relay(ctx context.Context, limit int) error
}
