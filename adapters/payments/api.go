// Package payments is a client of a payment gateway, and a simulator of one.
//
// The gateway's API is JSON over HTTP:
//
//	POST /charges               a request, with its key in Idempotency-Key → 201 Charge,
//	                            the same again → 200, another under that key → 422
//	POST /charges/{key}/refund  → 200 Charge, no money taken under that key → 404
//	GET  /charges?reference=R   → 200 {"items": [Charge, …]}, oldest first;
//	                            without a reference: all
//
// A decline is a Charge like any other. Every request may be sent again.
package payments

const (
	statusCharged  = "charged"
	statusDeclined = "declined"
	statusRefunded = "refunded"
)

// Charge is the outcome of one attempt to take money.
type Charge struct {
	Key       string `json:"key"`
	Reference string `json:"reference"`
	// Amount is in minor units of Currency, an ISO 4217 code.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// Status is "charged", "declined" or "refunded".
	Status string `json:"status"`
	// Reason says why it was declined.
	Reason string `json:"reason,omitempty"`
}

type chargeRequest struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Token     string `json:"token"`
}

type chargeList struct {
	Items []Charge `json:"items"`
}
