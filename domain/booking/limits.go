package booking

import "fmt"

// Limits restrict the bookings that one customer may make without paying, and the payments
// in progress. In each field, zero means no limit.
type Limits struct {
	Holds          int // unpaid bookings of one show
	Seats          int // in the unpaid bookings of one show
	HoldsPerMinute int // new bookings of all shows, in one minute of the clock
	Payments       int // payments in progress, for all shows
}

// Usage is what a customer has claimed already. Its fields correspond to those of
// [Limits].
type Usage struct{ Holds, Seats, HoldsThisMinute int }

// CheckHold returns a *LimitError if a further booking with this number of seats would
// exceed a limit.
func (l Limits) CheckHold(u Usage, seats int) error {
	switch {
	case l.Holds > 0 && u.Holds >= l.Holds:
		return &LimitError{fmt.Sprintf("at most %d unpaid bookings of one show", l.Holds)}
	case l.Seats > 0 && u.Seats+seats > l.Seats:
		return &LimitError{fmt.Sprintf("at most %d seats in unpaid bookings of one show", l.Seats)}
	case l.HoldsPerMinute > 0 && u.HoldsThisMinute >= l.HoldsPerMinute:
		return &LimitError{fmt.Sprintf("at most %d new bookings in a minute", l.HoldsPerMinute)}
	}
	return nil
}

// CheckPayment returns a *LimitError if another payment would exceed the limit.
func (l Limits) CheckPayment(inProgress int) error {
	if l.Payments > 0 && inProgress >= l.Payments {
		return &LimitError{fmt.Sprintf("at most %d payments in progress", l.Payments)}
	}
	return nil
}

// LimitError is returned when a customer would exceed one of the [Limits].
type LimitError struct {
	Limit string // such as "at most 4 unpaid bookings of one show"
}

func (e *LimitError) Error() string { return "a customer may have " + e.Limit }
