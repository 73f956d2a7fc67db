package ports

// EventID identifies an event. It is the same in every delivery of the event.
type EventID string

// Delivery identifies an event delivered to a subscription.
type Delivery struct {
	Subscription string
	Event        EventID
}

// IdempotencyKey identifies a caller's request, so that a repeated request has no second
// effect. Keys of different callers are independent.
type IdempotencyKey string
