// Package boxofficejobs says which use cases of the box office events and time
// set off.
package boxofficejobs

import (
	"context"
	"time"

	"example.com/portico/adapters/worker"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

// The subscriptions. A queue is named after each: under another name it is
// another queue.
const (
	chargePayment      worker.Subscription[booking.PaymentRequested] = "charge-payment"
	issueTickets       worker.Subscription[booking.Confirmed]        = "issue-tickets"
	notifyCustomer     worker.Subscription[booking.Ticketed]         = "notify-customer"
	refundPayment      worker.Subscription[booking.Cancelled]        = "refund-payment"
	cancelShowBookings worker.Subscription[show.Cancelled]           = "cancel-show-bookings"
)

// Subscriptions are those of all reactions, for a broker to know.
func Subscriptions() []platform.Subscription {
	return []platform.Subscription{
		chargePayment.Declare(),
		issueTickets.Declare(),
		notifyCustomer.Declare(),
		refundPayment.Declare(),
		cancelShowBookings.Declare(),
	}
}

// Reactions say which event sets off which use case.
func Reactions(uc inbound.UseCases) []worker.Reaction {
	return []worker.Reaction{
		chargePayment.React(func(ctx context.Context, _ ports.Delivery, e booking.PaymentRequested) error {
			_, err := uc.ChargePayment.Handle(ctx, inbound.ChargePayment{Booking: e.Booking, Attempt: e.Attempt, Token: e.Token})
			return err
		}),
		issueTickets.React(func(ctx context.Context, d ports.Delivery, e booking.Confirmed) error {
			_, err := uc.IssueTickets.Handle(ctx, inbound.IssueTickets{Delivery: d, Booking: e.Booking})
			return err
		}),
		notifyCustomer.React(func(ctx context.Context, _ ports.Delivery, e booking.Ticketed) error {
			_, err := uc.NotifyCustomer.Handle(ctx, inbound.NotifyCustomer{Booking: e.Booking})
			return err
		}),
		refundPayment.React(func(ctx context.Context, _ ports.Delivery, e booking.Cancelled) error {
			_, err := uc.RefundPayment.Handle(ctx, inbound.RefundPayment{Booking: e.Booking})
			return err
		}),
		cancelShowBookings.React(func(ctx context.Context, _ ports.Delivery, _ show.Cancelled) error {
			_, err := uc.CancelShowBookings.Handle(ctx, inbound.CancelShowBookings{})
			return err
		}),
	}
}

// Jobs look after what time alone brings about.
func Jobs(uc inbound.UseCases) []worker.Job {
	return []worker.Job{
		{Name: "expire-holds", Alone: true, Every: time.Second, Do: func(ctx context.Context) (bool, error) {
			_, err := uc.ExpireHolds.Handle(ctx, inbound.ExpireHolds{})
			return false, err
		}},
		{Name: "settle-payments", Alone: true, Every: 5 * time.Second, Do: func(ctx context.Context) (bool, error) {
			_, err := uc.SettlePayments.Handle(ctx, inbound.SettlePayments{})
			return false, err
		}},
		{Name: "cancel-show-bookings", Alone: true, Every: 5 * time.Second, Do: func(ctx context.Context) (bool, error) {
			_, err := uc.CancelShowBookings.Handle(ctx, inbound.CancelShowBookings{})
			return false, err
		}},
	}
}
