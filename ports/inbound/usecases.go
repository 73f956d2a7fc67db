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

import "example.com/portico/ports"

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

// Observed returns the same use cases with o around each.
func (uc UseCases) Observed(o ports.Observer) UseCases {
	return UseCases{
		CreateShow:      ports.Observe(o, uc.CreateShow),
		OpenShow:        ports.Observe(o, uc.OpenShow),
		CancelShow:      ports.Observe(o, uc.CancelShow),
		GetShow:         ports.Observe(o, uc.GetShow),
		ListShows:       ports.Observe(o, uc.ListShows),
		GetSeatMap:      ports.Observe(o, uc.GetSeatMap),
		HoldSeats:       ports.Observe(o, uc.HoldSeats),
		RequestPayment:  ports.Observe(o, uc.RequestPayment),
		CancelBooking:   ports.Observe(o, uc.CancelBooking),
		GetBooking:      ports.Observe(o, uc.GetBooking),
		ListBookings:    ports.Observe(o, uc.ListBookings),
		ListTickets:     ports.Observe(o, uc.ListTickets),
		DownloadTickets: ports.Observe(o, uc.DownloadTickets),
		AdmitTicket:     ports.Observe(o, uc.AdmitTicket),

		ChargePayment:      ports.Observe(o, uc.ChargePayment),
		IssueTickets:       ports.Observe(o, uc.IssueTickets),
		NotifyCustomer:     ports.Observe(o, uc.NotifyCustomer),
		RefundPayment:      ports.Observe(o, uc.RefundPayment),
		CancelShowBookings: ports.Observe(o, uc.CancelShowBookings),
		ExpireHolds:        ports.Observe(o, uc.ExpireHolds),
		SettlePayments:     ports.Observe(o, uc.SettlePayments),
	}
}
