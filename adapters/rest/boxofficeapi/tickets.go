package boxofficeapi

import (
	"context"
	"mime"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/inbound"
)

func (b *boxOffice) ListTickets(ctx context.Context, r ListTicketsRequestObject) (ListTicketsResponseObject, error) {
	tickets, err := b.useCases.ListTickets.Handle(ctx, inbound.ListTickets{Actor: rest.ActorOf(ctx), Booking: booking.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	response := ListTickets200JSONResponse{Items: make([]Ticket, len(tickets))}
	for i, t := range tickets {
		response.Items[i] = Ticket{Code: string(t.Code()), Seat: string(t.Seat()), Status: TicketStatus(t.Status().String())}
	}
	return response, nil
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
