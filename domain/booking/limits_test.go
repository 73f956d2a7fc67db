package booking_test

import (
	"errors"
	"testing"

	"example.com/portico/domain/booking"
)

func TestCheckHold(t *testing.T) {
	limits := booking.Limits{Holds: 4, Seats: 20, HoldsPerMinute: 30}
	for _, tt := range []struct {
		name   string
		limits booking.Limits
		usage  booking.Usage
		seats  int
		want   string // empty if the hold is allowed
	}{
		{"allows the first hold", limits, booking.Usage{}, 1, ""},
		{"allows a hold that reaches every limit", limits, booking.Usage{Holds: 3, Seats: 15, HoldsThisMinute: 29}, 5, ""},
		{"refuses one booking too many", limits, booking.Usage{Holds: 4}, 1, "at most 4 unpaid bookings of one show"},
		{"refuses one seat too many", limits, booking.Usage{Seats: 15}, 6, "at most 20 seats in unpaid bookings of one show"},
		{"refuses one booking too many in a minute", limits, booking.Usage{HoldsThisMinute: 30}, 1, "at most 30 new bookings in a minute"},
		{"allows everything without limits", booking.Limits{}, booking.Usage{Holds: 1000, Seats: 1000, HoldsThisMinute: 1000}, 10, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { wantLimit(t, tt.limits.CheckHold(tt.usage, tt.seats), tt.want) })
	}
}

func TestCheckPayment(t *testing.T) {
	wantLimit(t, booking.Limits{Payments: 2}.CheckPayment(1), "")
	wantLimit(t, booking.Limits{Payments: 2}.CheckPayment(2), "at most 2 payments in progress")
	wantLimit(t, booking.Limits{}.CheckPayment(1000), "")
}

func wantLimit(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if e, ok := errors.AsType[*booking.LimitError](err); ok {
		got = e.Limit
	}
	if got != want {
		t.Errorf("got limit %q (%v), want %q", got, err, want)
	}
}
