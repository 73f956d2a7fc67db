// Package boxofficejobs lists the use cases that run in response to events or at
// intervals.
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

// Subscriptions returns the subscriptions of all reactions.
func Subscriptions() []platform.Subscription {
	var all []platform.Subscription
	for _, r := range Reactions(inbound.UseCases{}) {
		all = append(all, r.Subscription)
	}
	return all
}

// Reactions maps events to use cases. A queue has the name of its subscription, so
// renaming a subscription leaves events in the old queue.
func Reactions(uc inbound.UseCases) []worker.Reaction {
	return []worker.Reaction{
		worker.React("charge-payment", uc.ChargePayment, func(_ ports.Delivery, e booking.PaymentRequested) inbound.ChargePayment {
			return inbound.ChargePayment{Booking: e.Booking, Attempt: e.Attempt, Token: e.Token}
		}),
		worker.React("issue-tickets", uc.IssueTickets, func(d ports.Delivery, e booking.Confirmed) inbound.IssueTickets {
			return inbound.IssueTickets{Delivery: d, Booking: e.Booking}
		}),
		worker.React("notify-customer", uc.NotifyCustomer, func(_ ports.Delivery, e booking.Ticketed) inbound.NotifyCustomer {
			return inbound.NotifyCustomer{Booking: e.Booking}
		}),
		worker.React("refund-payment", uc.RefundPayment, func(_ ports.Delivery, e booking.Cancelled) inbound.RefundPayment {
			return inbound.RefundPayment{Booking: e.Booking}
		}),
		worker.React("refund-given-up-payment", uc.RefundGivenUpPayment, func(_ ports.Delivery, e booking.PaymentGivenUp) inbound.RefundGivenUpPayment {
			return inbound.RefundGivenUpPayment{Booking: e.Booking, Attempt: e.Attempt}
		}),
		worker.React("cancel-show-bookings", uc.CancelShowBookings, func(_ ports.Delivery, e show.Cancelled) inbound.CancelShowBookings {
			return inbound.CancelShowBookings{Show: e.Show}
		}),
	}
}

// Jobs returns the jobs that run use cases at intervals.
func Jobs(uc inbound.UseCases) []worker.Job {
	return []worker.Job{
		exclusive("expire-holds", time.Second, uc.ExpireHolds, inbound.ExpireHolds{}),
		exclusive("settle-payments", 5*time.Second, uc.SettlePayments, inbound.SettlePayments{}),
		exclusive("cancel-show-bookings", 5*time.Second, uc.CancelShowBookings, inbound.CancelShowBookings{}),
	}
}

func exclusive[C, R any](name string, interval time.Duration, useCase ports.UseCase[C, R], command C) worker.Job {
	return worker.Job{Name: name, Exclusive: true, Interval: interval, Run: func(ctx context.Context) (bool, error) {
		_, err := useCase.Handle(ctx, command)
		return false, err
	}}
}
