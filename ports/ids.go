package ports

// EventID identifies an event, however often it is delivered.
type EventID string

// Delivery is an event as delivered to one subscription.
type Delivery struct {
	Subscription string
	Event        EventID
}

// IdempotencyKey identifies a request of a caller, so that a repeated request has
// no second effect. Keys of different callers are independent.
type IdempotencyKey string
