package inbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/ports/outbound"
)

// Reactions answer an event. They may be asked again at any point with the same
// event and then do only what is left to do.

// ChargePayment asks the gateway for an attempt's money and confirms or
// declines the booking. Result: Done.
type ChargePayment struct {
	Event   outbound.EventID
	Booking booking.ID
	Attempt int
	Token   string
}

// IssueTickets makes, prints and stores the tickets of a confirmed booking.
// Result: Done.
type IssueTickets struct {
	Event   outbound.EventID
	Booking booking.ID
}

// NotifyCustomer mails the tickets to who booked. Result: Done.
type NotifyCustomer struct {
	Event   outbound.EventID
	Booking booking.ID
}

// RefundPayment pays back the charge of a cancelled booking. Result: Done.
type RefundPayment struct {
	Event   outbound.EventID
	Booking booking.ID
}

// CancelShowBookings cancels the live bookings of shows that were called off.
// Those in the middle of a payment are left for the next time. It can stop and
// go on anywhere. Result: Swept.
type CancelShowBookings struct{}

// ExpireHolds frees the seats of holds that have lapsed. Result: Swept.
type ExpireHolds struct{}

// SettlePayments asks the gateway what became of charges that were not decided
// in time. Result: Swept, where Left counts the bookings for which it had no
// answer.
type SettlePayments struct{}

// Swept is what a job found: how many bookings it has dealt with, and how many
// it had to leave for the next time.
type Swept struct {
	Changed int
	Left    int
}

// RelayEvents hands stored events to the broker, one batch. Result: the number
// of events, an int; as long as it is a full batch there may be more.
type RelayEvents struct{}

// RelayBatch is how many events RelayEvents hands over at once.
const RelayBatch = 200
