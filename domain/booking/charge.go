package booking

import (
	"strconv"

	"example.com/portico/domain/money"
)

// ChargeKey identifies one attempt to charge for one booking. The gateway charges at most
// once per key.
type ChargeKey string

// KeyOf returns the key of an attempt. Attempts are numbered from 1.
func KeyOf(id ID, attempt int) ChargeKey {
	return ChargeKey(string(id) + "-" + strconv.Itoa(attempt))
}

// Charge is an amount taken by the gateway.
type Charge struct {
	Key    ChargeKey
	Amount money.Money
}
