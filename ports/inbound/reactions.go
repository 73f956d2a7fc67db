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
