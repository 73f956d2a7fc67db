package ports

// EventID identifies one event, however often it is delivered.
type EventID string

// Delivery is an event as one subscription sees it.
type Delivery struct {
	Subscription string
	Event        EventID
}

// IdempotencyKey is what a client calls one request, so that sending it again
// makes nothing new. It counts per caller.
type IdempotencyKey string
