package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"example.com/portico/domain/money"
)

var currencies = rapid.Custom(func(t *rapid.T) money.Currency {
	c, err := money.ParseCurrency(rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "code"))
	if err != nil {
		t.Fatal(err)
	}
	return c
})

var amounts = rapid.OneOf(
	rapid.Int64Range(0, 1_000_000),
	rapid.Int64Range(math.MaxInt64-1000, math.MaxInt64),
	rapid.Int64Min(0),
)

func TestParseCurrency(t *testing.T) {
	t.Run("returns a currency with the right number of decimal places", func(t *testing.T) {
		for code, digits := range map[string]int{"EUR": 2, "USD": 2, "AED": 2, "ZWG": 2, "JPY": 0, "BIF": 0, "XPF": 0, "KWD": 3, "TND": 3} {
			c := currency(t, code)
			if c.String() != code || c.Digits() != digits {
				t.Errorf("%s has %d decimals, want %s with %d", c, c.Digits(), code, digits)
			}
		}
	})
	t.Run("rejects a malformed, unknown or withdrawn code", func(t *testing.T) {
		for _, code := range []string{"", "eur", "EU", "EURO", " EU", "EUR ", "E R", "   ", "XAU", "XTS", "DEM", "ZZZ", "€"} {
			if c, err := money.ParseCurrency(code); !errors.Is(err, money.ErrUnknownCurrency) || c != (money.Currency{}) {
				t.Errorf("ParseCurrency(%q) = %q, %v; want an error", code, c, err)
			}
		}
	})
}

func TestMoney(t *testing.T) {
	t.Run("returns an amount in a currency", func(t *testing.T) {
		m := amount(t, 4500, "EUR")
		if m.Amount() != 4500 || m.Currency() != currency(t, "EUR") {
			t.Errorf("got %d of %s", m.Amount(), m.Currency())
		}
	})
	t.Run("accepts zero", func(t *testing.T) {
		if m := amount(t, 0, "EUR"); m == (money.Money{}) {
			t.Error("zero euros equal the zero Money")
		}
	})
	t.Run("rejects a negative amount", func(t *testing.T) {
		for _, below := range []int64{-1, math.MinInt64} {
			if m, err := money.New(below, currency(t, "EUR")); !errors.Is(err, money.ErrNegative) || m != (money.Money{}) {
				t.Errorf("New(%d) = %s, %v; want an error", below, m, err)
			}
		}
	})
	t.Run("prints an amount with the decimal places of its currency", func(t *testing.T) {
		for want, m := range map[string]money.Money{
			"45.00 EUR":                amount(t, 4500, "EUR"),
			"0.05 EUR":                 amount(t, 5, "EUR"),
			"0.00 EUR":                 amount(t, 0, "EUR"),
			"900 JPY":                  amount(t, 900, "JPY"),
			"1.005 KWD":                amount(t, 1005, "KWD"),
			"92233720368547758.07 EUR": amount(t, math.MaxInt64, "EUR"),
		} {
			if got := m.String(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestAdd(t *testing.T) {
	t.Run("refuses another currency", rapid.MakeCheck(func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		if a.Currency() == b.Currency() {
			t.Skip("the same currency")
		}
		if sum, err := a.Add(b); !errors.Is(err, money.ErrCurrencyMismatch) || sum != (money.Money{}) {
			t.Errorf("%s + %s = %s, %v; want an error", a, b, sum, err)
		}
	}))
	t.Run("is exact or reports an overflow", rapid.MakeCheck(func(t *rapid.T) {
		a := draw(t, "a")
		b, err := money.New(amounts.Draw(t, "b"), a.Currency())
		if err != nil {
			t.Fatal(err)
		}
		sum, err := a.Add(b)
		wantExactly(t, sum, err, a.Currency(), new(big.Int).Add(big.NewInt(a.Amount()), big.NewInt(b.Amount())))
	}))
}

func TestTimes(t *testing.T) {
	t.Run("computes products up to the largest amount", func(t *testing.T) {
		for n, m := range map[int]money.Money{
			0: amount(t, math.MaxInt64, "EUR"), 1: amount(t, math.MaxInt64, "EUR"), 7: amount(t, math.MaxInt64/7, "EUR"),
		} {
			if got, err := m.Times(n); err != nil || got.Amount() != m.Amount()*int64(n) {
				t.Errorf("%d × %s = %s, %v", n, m, got, err)
			}
		}
	})
	t.Run("rejects a negative factor", func(t *testing.T) {
		if m, err := amount(t, 1, "EUR").Times(-1); !errors.Is(err, money.ErrNegative) || m != (money.Money{}) {
			t.Errorf("got %s and %v", m, err)
		}
	})
	t.Run("is exact or reports an overflow", rapid.MakeCheck(func(t *rapid.T) {
		m := draw(t, "m")
		n := rapid.OneOf(rapid.IntRange(0, 20_000), rapid.IntMin(0)).Draw(t, "n")
		product, err := m.Times(n)
		wantExactly(t, product, err, m.Currency(), new(big.Int).Mul(big.NewInt(m.Amount()), big.NewInt(int64(n))))
	}))
}

// wantExactly checks that got equals want, or that err is ErrOverflow if want does not
// fit in an int64.
func wantExactly(t *rapid.T, got money.Money, err error, c money.Currency, want *big.Int) {
	t.Helper()
	if !want.IsInt64() {
		if !errors.Is(err, money.ErrOverflow) || got != (money.Money{}) {
			t.Errorf("got %s, %v for %s; want an overflow", got, err, want)
		}
		return
	}
	if err != nil || got.Amount() != want.Int64() || got.Currency() != c {
		t.Errorf("got %s and %v, want %s of %s", got, err, want, c)
	}
}

func draw(t *rapid.T, label string) money.Money {
	t.Helper()
	m, err := money.New(amounts.Draw(t, label), currencies.Draw(t, "currency of "+label))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func amount(t *testing.T, minorUnits int64, code string) money.Money {
	t.Helper()
	m, err := money.New(minorUnits, currency(t, code))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func currency(t *testing.T, code string) money.Currency {
	t.Helper()
	c, err := money.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
