package inbound

import (
	"example.com/portico/domain/booking"
	"example.com/portico/ports"
)

// OperatorUseCases lists the use cases of operators. They are separate from [UseCases], so
// that the API cannot offer them, because they check no actor. An operator is anyone who
// can run the program with the settings of the service. The audit log records each command
// that changes something.
type OperatorUseCases struct {
	ListOverduePayments ListOverduePaymentsUseCase
	InspectPayment      InspectPaymentUseCase
	ConfirmPayment      ConfirmPaymentUseCase
	GiveUpPayment       GiveUpPaymentUseCase
}

// ListOverduePayments returns the bookings whose payment is overdue, oldest payment first.
type ListOverduePayments struct{}
type ListOverduePaymentsUseCase = ports.UseCase[ListOverduePayments, []*booking.Booking]

// InspectPayment returns a booking, and what the gateway knows about its last attempt.
type InspectPayment struct {
	Booking booking.ID
}
type InspectPaymentUseCase = ports.UseCase[InspectPayment, InspectedPayment]

// InspectedPayment is the result of [InspectPayment].
type InspectedPayment struct {
	Booking *booking.Booking
	// Outcome is "charged", "declined", "refunded" or "unknown". It is empty if the
	// lookup failed.
	Outcome     string
	LookupError error
}

// ConfirmPayment confirms a booking whose payment is overdue, because the operator knows
// that the customer was charged. Errors: booking.ErrNotPaying; booking.ErrNotOverdue;
// booking.ErrNotCharged if the gateway answers that the attempt was not charged.
type ConfirmPayment struct {
	Booking booking.ID
	By      Operator
}
type ConfirmPaymentUseCase = ports.UseCase[ConfirmPayment, *booking.Booking]

// GiveUpPayment ends an overdue payment without a sale. If the customer was charged, the
// charge is refunded later.
// Errors: booking.ErrNotPaying; booking.ErrNotOverdue.
type GiveUpPayment struct {
	Booking booking.ID
	By      Operator
}
type GiveUpPaymentUseCase = ports.UseCase[GiveUpPayment, *booking.Booking]

// Operator holds who runs a command, and why. Both are recorded in the audit log and must
// not be empty. The name is not verified.
type Operator struct {
	Name   string
	Reason string
}
