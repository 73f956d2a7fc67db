package inbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// Every reaction and job may run more than once. A repeated run does only the remaining
// work.

// ChargePayment charges the customer for a payment attempt, and confirms the booking or
// declines the attempt.
type ChargePayment struct {
	Booking booking.ID
	Attempt int
	Token   string
}
type ChargePaymentUseCase = ports.UseCase[ChargePayment, ports.None]

// IssueTickets issues, prints and stores the tickets of a confirmed booking.
type IssueTickets struct {
	Delivery ports.Delivery
	Booking  booking.ID
}
type IssueTicketsUseCase = ports.UseCase[IssueTickets, ports.None]

// NotifyCustomer mails the tickets to the customer.
type NotifyCustomer struct {
	Booking booking.ID
}
type NotifyCustomerUseCase = ports.UseCase[NotifyCustomer, ports.None]

// RefundPayment refunds the charge of a cancelled booking.
type RefundPayment struct {
	Booking booking.ID
}
type RefundPaymentUseCase = ports.UseCase[RefundPayment, ports.None]

// RefundGivenUpPayment refunds the charge of an attempt that was given up, if there is
// one.
type RefundGivenUpPayment struct {
	Booking booking.ID
	Attempt int
}
type RefundGivenUpPaymentUseCase = ports.UseCase[RefundGivenUpPayment, ports.None]

// CancelShowBookings cancels the live bookings of a cancelled show, or of all cancelled
// shows. It leaves bookings with a payment in flight for a later run for all shows.
type CancelShowBookings struct {
	Show show.ID // empty for all
}
type CancelShowBookingsUseCase = ports.UseCase[CancelShowBookings, ports.BatchResult]

// ExpireHolds expires lapsed holds.
type ExpireHolds struct{}
type ExpireHoldsUseCase = ports.UseCase[ExpireHolds, ports.BatchResult]

// SettlePayments looks up payment attempts whose outcome is overdue. It declines an
// attempt that the gateway does not know, and defers an attempt if the lookup fails.
type SettlePayments struct{}
type SettlePaymentsUseCase = ports.UseCase[SettlePayments, ports.BatchResult]
