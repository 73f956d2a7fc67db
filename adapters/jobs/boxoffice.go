package jobs

import (
	"context"
	"fmt"
	"time"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// UseCases are what events and time set off.
type UseCases struct {
	ChargePayment      inbound.UseCase[inbound.ChargePayment, inbound.Done]
	IssueTickets       inbound.UseCase[inbound.IssueTickets, inbound.Done]
	NotifyCustomer     inbound.UseCase[inbound.NotifyCustomer, inbound.Done]
	RefundPayment      inbound.UseCase[inbound.RefundPayment, inbound.Done]
	CancelShowBookings inbound.UseCase[inbound.CancelShowBookings, inbound.Swept]
	ExpireHolds        inbound.UseCase[inbound.ExpireHolds, inbound.Swept]
	SettlePayments     inbound.UseCase[inbound.SettlePayments, inbound.Swept]
	RelayEvents        inbound.UseCase[inbound.RelayEvents, int]
}

// Reactions say which event sets off which use case.
func Reactions(uc UseCases) []Reaction {
	return []Reaction{
		on("charge-payment", func(ctx context.Context, id outbound.EventID, e booking.PaymentRequested) error {
			_, err := uc.ChargePayment.Handle(ctx, inbound.ChargePayment{Event: id, Booking: e.Booking, Attempt: e.Attempt, Token: e.Token})
			return err
		}),
		on("issue-tickets", func(ctx context.Context, id outbound.EventID, e booking.BookingConfirmed) error {
			_, err := uc.IssueTickets.Handle(ctx, inbound.IssueTickets{Event: id, Booking: e.Booking})
			return err
		}),
		on("notify-customer", func(ctx context.Context, id outbound.EventID, e booking.BookingTicketed) error {
			_, err := uc.NotifyCustomer.Handle(ctx, inbound.NotifyCustomer{Event: id, Booking: e.Booking})
			return err
		}),
		on("refund-payment", func(ctx context.Context, id outbound.EventID, e booking.BookingCancelled) error {
			_, err := uc.RefundPayment.Handle(ctx, inbound.RefundPayment{Event: id, Booking: e.Booking})
			return err
		}),
		on("cancel-show-bookings", func(ctx context.Context, _ outbound.EventID, _ show.CalledOff) error {
			_, err := uc.CancelShowBookings.Handle(ctx, inbound.CancelShowBookings{})
			return err
		}),
	}
}

// Subscriptions are those of all reactions, for a broker to know.
func Subscriptions() []outbound.Subscription {
	var subs []outbound.Subscription
	for _, r := range Reactions(UseCases{}) {
		subs = append(subs, r.Subscription)
	}
	return subs
}

// Relays is how many relays a process has at work: while one waits for the
// broker's confirmations, another reads the next events.
const Relays = 3

// Schedule says what is to be done again and again. The relay is also woken by
// stored; the others look after what time alone brings about.
func Schedule(uc UseCases, stored <-chan struct{}) []Job {
	return []Job{
		{Name: "relay-events", Every: 200 * time.Millisecond, Wake: stored, AtOnce: Relays, Do: func(ctx context.Context) (bool, error) {
			n, err := uc.RelayEvents.Handle(ctx, inbound.RelayEvents{})
			return n == inbound.RelayBatch, err
		}},
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

// on makes a reaction to the events of one type.
func on[E interface{ EventType() string }](name string, handle func(context.Context, outbound.EventID, E) error) Reaction {
	var zero E
	return Reaction{
		Subscription: outbound.Subscription{Name: name, Types: []string{zero.EventType()}},
		Handle: func(ctx context.Context, e outbound.Event) error {
			body, ok := e.Body.(E)
			if !ok {
				return fmt.Errorf("subscription %s: event %s of type %s carries a %T", name, e.ID, e.Type, e.Body)
			}
			return handle(ctx, e.ID, body)
		},
	}
}
