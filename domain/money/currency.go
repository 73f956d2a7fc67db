package money

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknownCurrency is returned for a code that does not belong to an ISO 4217 currency
// in circulation.
var ErrUnknownCurrency = errors.New("money: unknown currency")

// Currency is an ISO 4217 currency in circulation. Compare values with ==.
type Currency struct{ code string }

// The ISO 4217 codes of currencies in circulation, grouped by the number of decimal
// places. Codes for funds, metals and testing (CHE, XAU, XTS, …) are left out.
const (
	noDecimals    = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
	threeDecimals = " BHD IQD JOD KWD LYD OMR TND "
	twoDecimals   = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD" +
		" CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD" +
		" HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT" +
		" MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR" +
		" SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU" +
		" UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "
)

// ParseCurrency returns the currency with an upper-case code such as "EUR". Errors:
// ErrUnknownCurrency.
func ParseCurrency(code string) (Currency, error) {
	if len(code) != 3 || !strings.Contains(noDecimals+threeDecimals+twoDecimals, " "+code+" ") {
		return Currency{}, fmt.Errorf("%w: %q", ErrUnknownCurrency, code)
	}
	return Currency{code: code}, nil
}

// Digits returns the number of decimal places of an amount: 2 for EUR, 0 for JPY.
func (c Currency) Digits() int {
	switch {
	case strings.Contains(noDecimals, " "+c.code+" "):
		return 0
	case strings.Contains(threeDecimals, " "+c.code+" "):
		return 3
	default:
		return 2
	}
}

func (c Currency) String() string { return c.code }
