package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/role"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

type AdmitTicket struct {
	tickets outbound.Tickets
	clock   platform.Clock
}

func (uc *AdmitTicket) Handle(ctx context.Context, cmd inbound.AdmitTicket) (*ticket.Ticket, error) {
	door, err := role.AsDoor(cmd.Actor)
	if err != nil {
		return nil, err
	}
	return uc.tickets.Update(ctx, cmd.Code, func(t *ticket.Ticket) error {
		if t.Organisation() != door.Organisation {
			return fmt.Errorf("ticket: %w", ports.ErrNotFound)
		}
		return t.Admit(uc.clock.Now())
	})
}
