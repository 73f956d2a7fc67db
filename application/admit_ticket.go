package application

import (
	"context"
	"fmt"

	"example.com/portico/domain/ticket"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/outbound"
)

// AdmitTicket lets the bearer of a ticket in, once, at the door of the
// organisation whose show it is.
type AdmitTicket struct {
	Tickets outbound.Tickets
	Clock   outbound.Clock
}

// Handle admits the ticket.
func (uc *AdmitTicket) Handle(ctx context.Context, cmd inbound.AdmitTicket) (*ticket.Ticket, error) {
	door, err := cmd.Actor.AsDoor()
	if err != nil {
		return nil, err
	}
	return uc.Tickets.Update(ctx, cmd.Code, func(t *ticket.Ticket) error {
		if t.Organisation() != door.Organisation {
			return fmt.Errorf("ticket: %w", outbound.ErrNotFound)
		}
		return t.Admit(uc.Clock.Now())
	})
}
