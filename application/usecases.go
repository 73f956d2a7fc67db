// Package application implements the use cases, one per file, so that the file names list
// the features. A use case checks that the actor may call it, loads the objects, lets the
// domain decide, and stores the result. Use cases do not log, record metrics or retry.
package application

import (
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// Ports are the dependencies of the use cases.
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

// Options are the settings that a deployment chooses.
type Options struct {
	// HoldFor is how long an unpaid hold lasts.
	HoldFor time.Duration
	// PayWithin is how long a payment may take before SettlePayments looks it up. No
	// charge starts in the last fifth of this time.
	PayWithin time.Duration
	// Limits restrict the unpaid bookings and the payments of each customer.
	Limits booking.Limits
	// MaxDrafts limits the drafts of each organisation. Zero means no limit.
	MaxDrafts int
	// Observer is notified of each run of a use case. It may be nil.
	Observer ports.Observer
}

// New returns the use cases of the service.
func New(p Ports, o Options) inbound.UseCases {
	return inbound.UseCases{
		CreateShow: ports.Observe(o.Observer, &CreateShow{shows: p.Shows, clock: p.Clock, ids: p.IDs, maxDrafts: o.MaxDrafts}),
		OpenShow:   ports.Observe(o.Observer, &OpenShow{shows: p.Shows, clock: p.Clock}),
		CancelShow: ports.Observe(o.Observer, &CancelShow{shows: p.Shows, clock: p.Clock}),
		GetShow:    ports.Observe(o.Observer, &GetShow{shows: p.Shows}),
		ListShows:  ports.Observe(o.Observer, &ListShows{shows: p.Shows}),
		GetSeatMap: ports.Observe(o.Observer, &GetSeatMap{maps: p.SeatMaps}),

		HoldSeats:       ports.Observe(o.Observer, &HoldSeats{shows: p.ShowsOnSale, bookings: p.Bookings, clock: p.Clock, ids: p.IDs, holdFor: o.HoldFor, limits: o.Limits}),
		RequestPayment:  ports.Observe(o.Observer, &RequestPayment{bookings: p.Bookings, clock: p.Clock, limits: o.Limits}),
		CancelBooking:   ports.Observe(o.Observer, &CancelBooking{shows: p.Shows, bookings: p.Bookings, work: p.UnitOfWork, clock: p.Clock}),
		GetBooking:      ports.Observe(o.Observer, &GetBooking{bookings: p.Bookings, shows: p.Shows}),
		ListBookings:    ports.Observe(o.Observer, &ListBookings{bookings: p.Bookings, shows: p.Shows}),
		ListTickets:     ports.Observe(o.Observer, &ListTickets{bookings: p.Bookings, tickets: p.Tickets}),
		DownloadTickets: ports.Observe(o.Observer, &DownloadTickets{bookings: p.Bookings, objects: p.Objects}),
		AdmitTicket:     ports.Observe(o.Observer, &AdmitTicket{tickets: p.Tickets, clock: p.Clock}),

		ChargePayment:        ports.Observe(o.Observer, &ChargePayment{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock, payWithin: o.PayWithin}),
		IssueTickets:         ports.Observe(o.Observer, &IssueTickets{shows: p.Shows, bookings: p.Bookings, work: p.UnitOfWork, printer: p.Printer, objects: p.Objects, clock: p.Clock, ids: p.IDs}),
		NotifyCustomer:       ports.Observe(o.Observer, &NotifyCustomer{shows: p.Shows, bookings: p.Bookings, objects: p.Objects, notifier: p.Notifier}),
		RefundPayment:        ports.Observe(o.Observer, &RefundPayment{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock}),
		RefundGivenUpPayment: ports.Observe(o.Observer, &RefundGivenUpPayment{bookings: p.Bookings, gateway: p.Gateway}),
		CancelShowBookings:   ports.Observe(o.Observer, &CancelShowBookings{shows: p.Shows, bookings: p.Bookings, work: p.UnitOfWork, clock: p.Clock}),
		ExpireHolds:          ports.Observe(o.Observer, &ExpireHolds{bookings: p.Bookings, clock: p.Clock}),
		SettlePayments:       ports.Observe(o.Observer, &SettlePayments{bookings: p.Bookings, gateway: p.Gateway, clock: p.Clock, payWithin: o.PayWithin}),
	}
}

// OperatorPorts are the dependencies of the operators' use cases.
type OperatorPorts struct {
	Bookings   outbound.Bookings
	UnitOfWork outbound.UnitOfWork
	Gateway    outbound.PaymentGateway
	Clock      platform.Clock
}

// NewForOperators returns the use cases of operators. The duration payWithin must equal
// Options.PayWithin.
func NewForOperators(p OperatorPorts, payWithin time.Duration) inbound.OperatorUseCases {
	overdue := overduePayments{work: p.UnitOfWork, clock: p.Clock, payWithin: payWithin}
	return inbound.OperatorUseCases{
		ListOverduePayments: &ListOverduePayments{bookings: p.Bookings, clock: p.Clock, payWithin: payWithin},
		InspectPayment:      &InspectPayment{bookings: p.Bookings, gateway: p.Gateway},
		ConfirmPayment:      &ConfirmPayment{bookings: p.Bookings, gateway: p.Gateway, overdue: overdue},
		GiveUpPayment:       &GiveUpPayment{overdue: overdue},
	}
}
