package boxofficeapi

import (
	"context"
	"mime"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
)

func (b *boxOffice) HoldSeats(ctx context.Context, r HoldSeatsRequestObject) (HoldSeatsResponseObject, error) {
	held, err := b.useCases.HoldSeats.Handle(ctx, inbound.HoldSeats{
		Actor: rest.ActorOf(ctx),
		Show:  show.ID(r.Body.ShowID),
		Seats: each(r.Body.Seats, func(s string) show.Label { return show.Label(s) }),
		Key:   ports.IdempotencyKey(r.Params.IdempotencyKey),
	})
	if err != nil {
		return nil, err
	}
	return HoldSeats201JSONResponse{
		Body:    bookingOf(held),
		Headers: HoldSeats201ResponseHeaders{Location: basePath + "/bookings/" + string(held.ID())},
	}, nil
}

func (b *boxOffice) RequestPayment(ctx context.Context, r RequestPaymentRequestObject) (RequestPaymentResponseObject, error) {
	paying, err := b.useCases.RequestPayment.Handle(ctx, inbound.RequestPayment{
		Actor:   rest.ActorOf(ctx),
		Booking: booking.ID(r.ID),
		Token:   r.Body.PaymentToken,
	})
	if err != nil {
		return nil, err
	}
	return RequestPayment202JSONResponse(bookingOf(paying)), nil
}

func (b *boxOffice) CancelBooking(ctx context.Context, r CancelBookingRequestObject) (CancelBookingResponseObject, error) {
	cancelled, err := b.useCases.CancelBooking.Handle(ctx, inbound.CancelBooking{Actor: rest.ActorOf(ctx), Booking: booking.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return CancelBooking200JSONResponse(bookingOf(cancelled)), nil
}

func (b *boxOffice) GetBooking(ctx context.Context, r GetBookingRequestObject) (GetBookingResponseObject, error) {
	found, err := b.useCases.GetBooking.Handle(ctx, inbound.GetBooking{Actor: rest.ActorOf(ctx), Booking: booking.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return GetBooking200JSONResponse(bookingOf(found)), nil
}

func (b *boxOffice) ListBookings(ctx context.Context, r ListBookingsRequestObject) (ListBookingsResponseObject, error) {
	after, err := rest.ParseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := b.useCases.ListBookings.Handle(ctx, inbound.ListBookings{
		Actor: rest.ActorOf(ctx),
		Show:  show.ID(r.Params.ShowID),
		After: booking.ID(after),
		Limit: r.Params.Limit,
	})
	if err != nil {
		return nil, err
	}
	return ListBookings200JSONResponse{Items: each(page.Items, bookingOf), NextCursor: rest.EncodeCursor(page.Next)}, nil
}

func bookingOf(b *booking.Booking) Booking {
	return Booking{
		ID:          string(b.ID()),
		ShowID:      string(b.Show()),
		CustomerID:  string(b.Customer()),
		Seats:       each(b.Labels(), text),
		Total:       moneyOf(b.Total()),
		Status:      BookingStatus(b.Status().String()),
		HeldUntil:   b.HeldUntil(),
		CreatedAt:   b.CreatedAt(),
		Attempts:    b.Attempt(),
		Refund:      RefundStatus(b.Refund().String()),
		LastDecline: b.Declined(),
	}
}

func (b *boxOffice) ListTickets(ctx context.Context, r ListTicketsRequestObject) (ListTicketsResponseObject, error) {
	tickets, err := b.useCases.ListTickets.Handle(ctx, inbound.ListTickets{Actor: rest.ActorOf(ctx), Booking: booking.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return ListTickets200JSONResponse{Items: each(tickets, func(t *ticket.Ticket) Ticket {
		return Ticket{Code: string(t.Code()), Seat: string(t.Seat()), Status: TicketStatus(t.Status().String())}
	})}, nil
}

func (b *boxOffice) DownloadTickets(ctx context.Context, r DownloadTicketsRequestObject) (DownloadTicketsResponseObject, error) {
	pdf, err := b.useCases.DownloadTickets.Handle(ctx, inbound.DownloadTickets{Actor: rest.ActorOf(ctx), Booking: booking.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	name := mime.FormatMediaType("attachment", map[string]string{"filename": "tickets-" + r.ID + ".pdf"})
	return DownloadTickets200ApplicationPdfResponse{
		Body:    pdf, // the generated code closes it
		Headers: DownloadTickets200ResponseHeaders{ContentDisposition: name},
	}, nil
}

func (b *boxOffice) AdmitTicket(ctx context.Context, r AdmitTicketRequestObject) (AdmitTicketResponseObject, error) {
	admitted, err := b.useCases.AdmitTicket.Handle(ctx, inbound.AdmitTicket{Actor: rest.ActorOf(ctx), Code: ticket.ParseCode(r.Body.Code)})
	if err != nil {
		return nil, err
	}
	return AdmitTicket200JSONResponse{
		Code:       string(admitted.Code()),
		Seat:       string(admitted.Seat()),
		ShowID:     string(admitted.Show()),
		AdmittedAt: admitted.AdmittedAt(),
	}, nil
}
