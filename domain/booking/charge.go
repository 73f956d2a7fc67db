package booking

import (
	"strconv"

	"example.com/portico/domain/money"
)

// ChargeKey identifies one attempt to charge for one booking. The gateway charges
// once per key, however often it is asked.
type ChargeKey string

// KeyOf returns the key of an attempt. The first attempt is 1.
func KeyOf(id ID, attempt int) ChargeKey {
	return ChargeKey(string(id) + "-" + strconv.Itoa(attempt))
}

// Charge is an amount taken by the gateway.
type Charge struct {
	Key    ChargeKey
	Amount money.Money
}
