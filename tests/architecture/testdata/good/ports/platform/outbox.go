package platform

import "context"

// Outbox stores events. A comment may contain words of the box office, such as seat.
type Outbox interface {
	Relay(ctx context.Context, limit int) error
}
