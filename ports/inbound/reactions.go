package inbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
)

// Reactions answer an event. They may be asked again at any point with the same
// event and then do only what is left to do.

// ChargePayment asks the gateway for an attempt's money and confirms or
// declines the booking.
type ChargePayment struct {
	Booking booking.ID
	Attempt int
	Token   string
}

type ChargePaymentUseCase = ports.UseCase[ChargePayment, ports.None]

// IssueTickets makes, prints and stores the tickets of a confirmed booking.
type IssueTickets struct {
	Delivery ports.Delivery
	Booking  booking.ID
}

type IssueTicketsUseCase = ports.UseCase[IssueTickets, ports.None]

// NotifyCustomer mails the tickets to who booked.
type NotifyCustomer struct {
	Booking booking.ID
}

type NotifyCustomerUseCase = ports.UseCase[NotifyCustomer, ports.None]

// RefundPayment pays back the charge of a cancelled booking.
type RefundPayment struct {
	Booking booking.ID
}

type RefundPaymentUseCase = ports.UseCase[RefundPayment, ports.None]

// CancelShowBookings cancels the live bookings of shows that were called off.
// Those in the middle of a payment are left for the next time. It can stop and
// go on anywhere.
type CancelShowBookings struct{}

type CancelShowBookingsUseCase = ports.UseCase[CancelShowBookings, ports.BatchResult]

// ExpireHolds frees the seats of holds that have lapsed.
type ExpireHolds struct{}

type ExpireHoldsUseCase = ports.UseCase[ExpireHolds, ports.BatchResult]

// SettlePayments asks the gateway what became of charges that were not decided
// in time. Left counts the bookings for which it had no answer.
type SettlePayments struct{}

type SettlePaymentsUseCase = ports.UseCase[SettlePayments, ports.BatchResult]
