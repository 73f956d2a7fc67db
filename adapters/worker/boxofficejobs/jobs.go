// Package boxofficejobs lists the use cases of the box office that events and
// time trigger.
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

// The subscriptions. Each names a queue: renaming one leaves its events in the
// old queue.
const (
	chargePayment      worker.Subscription[booking.PaymentRequested] = "charge-payment"
	issueTickets       worker.Subscription[booking.Confirmed]        = "issue-tickets"
	notifyCustomer     worker.Subscription[booking.Ticketed]         = "notify-customer"
	refundPayment      worker.Subscription[booking.Cancelled]        = "refund-payment"
	cancelShowBookings worker.Subscription[show.Cancelled]           = "cancel-show-bookings"
)

// Subscriptions are those of all reactions.
func Subscriptions() []platform.Subscription {
	return []platform.Subscription{
		chargePayment.Declare(),
		issueTickets.Declare(),
		notifyCustomer.Declare(),
		refundPayment.Declare(),
		cancelShowBookings.Declare(),
	}
}

// Reactions maps events to use cases.
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

// Jobs are the use cases that time triggers.
func Jobs(uc inbound.UseCases) []worker.Job {
	return []worker.Job{
		{Name: "expire-holds", Exclusive: true, Interval: time.Second, Run: func(ctx context.Context) (bool, error) {
			_, err := uc.ExpireHolds.Handle(ctx, inbound.ExpireHolds{})
			return false, err
		}},
		{Name: "settle-payments", Exclusive: true, Interval: 5 * time.Second, Run: func(ctx context.Context) (bool, error) {
			_, err := uc.SettlePayments.Handle(ctx, inbound.SettlePayments{})
			return false, err
		}},
		{Name: "cancel-show-bookings", Exclusive: true, Interval: 5 * time.Second, Run: func(ctx context.Context) (bool, error) {
			_, err := uc.CancelShowBookings.Handle(ctx, inbound.CancelShowBookings{})
			return false, err
		}},
	}
}
