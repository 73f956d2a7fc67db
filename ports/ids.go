package ports

// EventID identifies an event in all of its deliveries.
type EventID string

// Delivery identifies an event delivered to a subscription.
type Delivery struct {
	Subscription string
	Event        EventID
}

// IdempotencyKey identifies a caller's request, so that a repeated request has no
// second effect. Keys of different callers are independent.
type IdempotencyKey string
