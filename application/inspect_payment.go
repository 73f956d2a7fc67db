package application

import (
	"context"

	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

type InspectPayment struct {
	bookings outbound.Bookings
	gateway  outbound.PaymentGateway
}

func (uc *InspectPayment) Handle(ctx context.Context, q inbound.InspectPayment) (inbound.InspectedPayment, error) {
	b, err := uc.bookings.Get(ctx, q.Booking)
	if err != nil {
		return inbound.InspectedPayment{}, err
	}
	inspected := inbound.InspectedPayment{Booking: b}
	outcome, known, err := lookUp(ctx, uc.gateway, b.ChargeKey())
	switch {
	case err != nil:
		inspected.LookupError = err
	case known:
		inspected.Outcome = outcome.Status.String()
	default:
		inspected.Outcome = "unknown"
	}
	return inspected, nil
}
