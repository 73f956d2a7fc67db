package booking

import "fmt"

// Status is one of Held, Paying, Confirmed, Expired and Cancelled.
type Status struct{ name string }

// A booking goes from Held to Paying, and from there to Confirmed or back; from
// Held to Expired; and from Held or Confirmed to Cancelled.
var (
	Held      = Status{"held"}
	Paying    = Status{"paying"}
	Confirmed = Status{"confirmed"}
	Expired   = Status{"expired"}
	Cancelled = Status{"cancelled"}
)

// ParseStatus takes the names that String gives.
func ParseStatus(name string) (Status, error) {
	for _, s := range []Status{Held, Paying, Confirmed, Expired, Cancelled} {
		if s.name == name {
			return s, nil
		}
	}
	return Status{}, fmt.Errorf("booking: unknown status %q", name)
}

// Live tells whether a booking in this status claims its seats.
func (s Status) Live() bool { return s == Held || s == Paying || s == Confirmed }

func (s Status) String() string { return s.name }

// Refund is one of NoRefund, RefundDue and Refunded.
type Refund struct{ name string }

// What became of the charge of a cancelled booking. The zero value is NoRefund.
var (
	NoRefund  = Refund{}
	RefundDue = Refund{"due"}
	Refunded  = Refund{"refunded"}
)

// ParseRefund takes the names that String gives.
func ParseRefund(name string) (Refund, error) {
	for _, r := range []Refund{NoRefund, RefundDue, Refunded} {
		if r.String() == name {
			return r, nil
		}
	}
	return Refund{}, fmt.Errorf("booking: unknown refund %q", name)
}

func (r Refund) String() string {
	if r == NoRefund {
		return "none"
	}
	return r.name
}
