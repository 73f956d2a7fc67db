// Package inbound defines the commands, queries, reactions and jobs of the application,
// and the interfaces of their use cases. Results are domain objects.
//
// An error is a refusal by the domain (*invalid.Error, *show.NotOnSaleError, …),
// actor.ErrAnonymous or actor.ErrForbidden, or an error from a port (ports.ErrNotFound,
// …). Requests for another customer's or organisation's objects return ports.ErrNotFound,
// so that callers cannot find out what exists. A command or query that fails changes
// nothing. A reaction or job that fails may have done part of its work; the next run does
// the rest.
package inbound

// UseCases lists all use cases except those of operators.
type UseCases struct {
	CreateShow      CreateShowUseCase
	OpenShow        OpenShowUseCase
	CancelShow      CancelShowUseCase
	GetShow         GetShowUseCase
	ListShows       ListShowsUseCase
	GetSeatMap      GetSeatMapUseCase
	HoldSeats       HoldSeatsUseCase
	RequestPayment  RequestPaymentUseCase
	CancelBooking   CancelBookingUseCase
	GetBooking      GetBookingUseCase
	ListBookings    ListBookingsUseCase
	ListTickets     ListTicketsUseCase
	DownloadTickets DownloadTicketsUseCase
	AdmitTicket     AdmitTicketUseCase

	ChargePayment        ChargePaymentUseCase
	IssueTickets         IssueTicketsUseCase
	NotifyCustomer       NotifyCustomerUseCase
	RefundPayment        RefundPaymentUseCase
	RefundGivenUpPayment RefundGivenUpPaymentUseCase
	CancelShowBookings   CancelShowBookingsUseCase
	ExpireHolds          ExpireHoldsUseCase
	SettlePayments       SettlePaymentsUseCase
}
