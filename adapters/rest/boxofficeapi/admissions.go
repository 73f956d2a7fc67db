package boxofficeapi

import (
	"context"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
)

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
