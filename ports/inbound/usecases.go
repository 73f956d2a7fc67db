// Package inbound defines what the application offers: commands, queries,
// reactions and jobs, each with the port of its use case. Results are domain
// objects.
//
// An error is a refusal of the domain (*invalid.Error, *show.NotOnSaleError, …),
// actor.ErrAnonymous or actor.ErrForbidden, or an error of a port
// (ports.ErrNotFound, …). What belongs to another customer or organisation is
// ports.ErrNotFound, so that callers cannot find out that it exists. A command or
// query that fails has changed nothing. A reaction or job may have done part of its
// work; the next run does the rest.
package inbound

// UseCases lists all use cases.
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

	ChargePayment      ChargePaymentUseCase
	IssueTickets       IssueTicketsUseCase
	NotifyCustomer     NotifyCustomerUseCase
	RefundPayment      RefundPaymentUseCase
	CancelShowBookings CancelShowBookingsUseCase
	ExpireHolds        ExpireHoldsUseCase
	SettlePayments     SettlePaymentsUseCase
}
