package application

import (
	"time"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// Ports are what the use cases need from the outside.
type Ports struct {
	outbound.Stores
	UnitOfWork  outbound.UnitOfWork
	ShowsOnSale outbound.ShowsOnSale
	SeatMaps    outbound.SeatMaps
	Gateway     outbound.PaymentGateway
	Printer     outbound.TicketPrinter
	Notifier    outbound.Notifier
	IDs         outbound.IDs
	Objects     platform.Objects
	Clock       platform.Clock
}

// Options are what a deployment decides.
type Options struct {
	// HoldFor is how long seats are held for somebody who has not paid yet.
	HoldFor time.Duration
	// PayWithin is how long the outcome of a charge may take before
	// SettlePayments looks after it. No charge is begun in its last fifth.
	PayWithin time.Duration
}

// New makes all use cases.
func New(p Ports, o Options) inbound.UseCases {
	return inbound.UseCases{
		CreateShow: &CreateShow{shows: p.Shows, clock: p.Clock, ids: p.IDs},
		OpenShow:   &OpenShow{shows: p.Shows, clock: p.Clock},
		CancelShow: &CancelShow{shows: p.Shows, clock: p.Clock},
		GetShow:    &GetShow{shows: p.Shows},
		ListShows:  &ListShows{shows: p.Shows},
		GetSeatMap: &GetSeatMap{maps: p.SeatMaps},

		HoldSeats:       &HoldSeats{shows: p.ShowsOnSale, bookings: p.Bookings, clock: p.Clock, ids: p.IDs, holdFor: o.HoldFor},
		RequestPayment:  &RequestPayment{bookings: p.Bookings, clock: p.Clock},
		CancelBooking:   &CancelBooking{shows: p.Shows, bookings: p.Bookings, work: p.UnitOfWork, clock: p.Clock},
		GetBooking:      &GetBooking{bookings: p.Bookings, shows: p.Shows},
		ListBookings:    &ListBookings{bookings: p.Bookings, shows: p.Shows},
		ListTickets:     &ListTickets{bookings: p.Bookings, tickets: p.Tickets},
		DownloadTickets: &DownloadTickets{bookings: p.Bookings, objects: p.Objects},
		AdmitTicket:     &AdmitTicket{tickets: p.Tickets, clock: p.Clock},

		ChargePayment:      &ChargePayment{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock, payWithin: o.PayWithin},
		IssueTickets:       &IssueTickets{shows: p.Shows, bookings: p.Bookings, work: p.UnitOfWork, printer: p.Printer, objects: p.Objects, clock: p.Clock, ids: p.IDs},
		NotifyCustomer:     &NotifyCustomer{shows: p.Shows, bookings: p.Bookings, objects: p.Objects, notifier: p.Notifier},
		RefundPayment:      &RefundPayment{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock},
		CancelShowBookings: &CancelShowBookings{bookings: p.Bookings, work: p.UnitOfWork, clock: p.Clock},
		ExpireHolds:        &ExpireHolds{bookings: p.Bookings, clock: p.Clock},
		SettlePayments:     &SettlePayments{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock, payWithin: o.PayWithin},
	}
}
