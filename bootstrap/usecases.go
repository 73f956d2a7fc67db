package bootstrap

import (
	"example.com/portico/adapters/jobs"
	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/application"
)

// useCases are all there are.
type useCases struct {
	CreateShow         *application.CreateShow
	OpenShow           *application.OpenShow
	CancelShow         *application.CancelShow
	GetShow            *application.GetShow
	ListShows          *application.ListShows
	GetSeatMap         *application.GetSeatMap
	HoldSeats          *application.HoldSeats
	RequestPayment     *application.RequestPayment
	CancelBooking      *application.CancelBooking
	GetBooking         *application.GetBooking
	ListBookings       *application.ListBookings
	ListTickets        *application.ListTickets
	DownloadTickets    *application.DownloadTickets
	AdmitTicket        *application.AdmitTicket
	ChargePayment      *application.ChargePayment
	IssueTickets       *application.IssueTickets
	NotifyCustomer     *application.NotifyCustomer
	RefundPayment      *application.RefundPayment
	CancelShowBookings *application.CancelShowBookings
	ExpireHolds        *application.ExpireHolds
	SettlePayments     *application.SettlePayments
	RelayEvents        *application.RelayEvents
}

// newRestUseCases are those that the API drives, each observed.
func newRestUseCases(uc useCases, t *telemetry.Telemetry) rest.UseCases {
	return rest.UseCases{
		CreateShow:      telemetry.Observe(t, "create_show", uc.CreateShow),
		OpenShow:        telemetry.Observe(t, "open_show", uc.OpenShow),
		CancelShow:      telemetry.Observe(t, "cancel_show", uc.CancelShow),
		GetShow:         telemetry.Observe(t, "get_show", uc.GetShow),
		ListShows:       telemetry.Observe(t, "list_shows", uc.ListShows),
		GetSeatMap:      telemetry.Observe(t, "get_seat_map", uc.GetSeatMap),
		HoldSeats:       telemetry.Observe(t, "hold_seats", uc.HoldSeats),
		RequestPayment:  telemetry.Observe(t, "request_payment", uc.RequestPayment),
		CancelBooking:   telemetry.Observe(t, "cancel_booking", uc.CancelBooking),
		GetBooking:      telemetry.Observe(t, "get_booking", uc.GetBooking),
		ListBookings:    telemetry.Observe(t, "list_bookings", uc.ListBookings),
		ListTickets:     telemetry.Observe(t, "list_tickets", uc.ListTickets),
		DownloadTickets: telemetry.Observe(t, "download_tickets", uc.DownloadTickets),
		AdmitTicket:     telemetry.Observe(t, "admit_ticket", uc.AdmitTicket),
	}
}

// newJobsUseCases are those that events and time drive, each observed.
func newJobsUseCases(uc useCases, t *telemetry.Telemetry) jobs.UseCases {
	return jobs.UseCases{
		ChargePayment:      telemetry.Observe(t, "charge_payment", uc.ChargePayment),
		IssueTickets:       telemetry.Observe(t, "issue_tickets", uc.IssueTickets),
		NotifyCustomer:     telemetry.Observe(t, "notify_customer", uc.NotifyCustomer),
		RefundPayment:      telemetry.Observe(t, "refund_payment", uc.RefundPayment),
		CancelShowBookings: telemetry.Observe(t, "cancel_show_bookings", uc.CancelShowBookings),
		ExpireHolds:        telemetry.Observe(t, "expire_holds", uc.ExpireHolds),
		SettlePayments:     telemetry.Observe(t, "settle_payments", uc.SettlePayments),
		RelayEvents:        telemetry.Observe(t, "relay_events", uc.RelayEvents),
	}
}
