// Package inbound holds what the outside may ask of the application: commands,
// queries, reactions and jobs, each with the port of the use case that handles
// it. Results are domain objects.
//
// Errors come from three places. The domain refuses (*invalid.Error,
// *show.NotOnSaleError, *booking.NotPayableError, …), an actor may not
// (actor.ErrAnonymous, actor.ErrForbidden), or a port could not
// (ports.ErrNotFound, ports.ErrUnavailable, …). Something that belongs to
// somebody else is ports.ErrNotFound: nobody learns that it is there.
//
// An error of a command or query means that nothing was changed. A reaction or
// job may have done a part; asked again, it does what is left.
package inbound

// UseCases are all that the application offers.
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
