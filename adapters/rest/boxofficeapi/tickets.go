package boxofficeapi

import (
	"context"
	"mime"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

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
