package inbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
)

// Reactions and jobs may run again at any point. They do only what is left to do.

// ChargePayment charges a payment attempt, and confirms the booking or declines the
// attempt.
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

// CancelShowBookings cancels the live bookings of cancelled shows. It defers those
// with a payment in flight.
type CancelShowBookings struct{}
type CancelShowBookingsUseCase = ports.UseCase[CancelShowBookings, ports.BatchResult]

// ExpireHolds expires lapsed holds.
type ExpireHolds struct{}
type ExpireHoldsUseCase = ports.UseCase[ExpireHolds, ports.BatchResult]

// SettlePayments looks up charges whose outcome is overdue. It declines those
// unknown to the gateway, and defers those that it cannot look up.
type SettlePayments struct{}
type SettlePaymentsUseCase = ports.UseCase[SettlePayments, ports.BatchResult]
