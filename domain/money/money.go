// Package money computes with amounts in integer minor units of a currency. Mixed
// currencies and overflows are errors.
package money

import (
	"errors"
	"fmt"
	"math"
)

// Errors of New, Add and Times.
var (
	ErrNegative         = errors.New("money: amount is negative")
	ErrOverflow         = errors.New("money: amount is too large")
	ErrCurrencyMismatch = errors.New("money: currencies differ")
)

// Money is an amount of zero or more minor units (cents for EUR, yen for JPY). Compare
// values with ==. The zero value has no currency and means "no amount".
type Money struct {
	amount   int64
	currency Currency
}

// New returns an amount of minor units. Errors: ErrNegative.
func New(minorUnits int64, c Currency) (Money, error) {
	if minorUnits < 0 {
		return Money{}, ErrNegative
	}
	return Money{amount: minorUnits, currency: c}, nil
}

// Amount returns the number of minor units.
func (m Money) Amount() int64 { return m.amount }

func (m Money) Currency() Currency { return m.currency }

// Add returns the sum. Errors: ErrCurrencyMismatch, ErrOverflow.
func (m Money) Add(other Money) (Money, error) {
	if m.currency != other.currency {
		return Money{}, fmt.Errorf("%w: %s and %s", ErrCurrencyMismatch, m.currency, other.currency)
	}
	if m.amount > math.MaxInt64-other.amount {
		return Money{}, ErrOverflow
	}
	return Money{amount: m.amount + other.amount, currency: m.currency}, nil
}

// Times returns the product. Errors: ErrNegative if n is negative, ErrOverflow.
func (m Money) Times(n int) (Money, error) {
	if n < 0 {
		return Money{}, ErrNegative
	}
	if n > 0 && m.amount > math.MaxInt64/int64(n) {
		return Money{}, ErrOverflow
	}
	return Money{amount: m.amount * int64(n), currency: m.currency}, nil
}

// String returns, for example, "45.00 EUR" or "900 JPY".
func (m Money) String() string {
	digits := m.currency.Digits()
	if digits == 0 {
		return fmt.Sprintf("%d %s", m.amount, m.currency)
	}
	unit := int64(math.Pow10(digits))
	return fmt.Sprintf("%d.%0*d %s", m.amount/unit, digits, m.amount%unit, m.currency)
}
