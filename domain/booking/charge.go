package booking

import (
	"strconv"

	"example.com/portico/domain/money"
)

// ChargeKey names one attempt to charge for one booking. Whoever asks the
// gateway twice with the same key gets one charge.
type ChargeKey string

// KeyOf makes the key of an attempt, counted from 1.
func KeyOf(id ID, attempt int) ChargeKey {
	return ChargeKey(string(id) + "-" + strconv.Itoa(attempt))
}

// Charge is money taken by the gateway.
type Charge struct {
	Key    ChargeKey
	Amount money.Money
}
