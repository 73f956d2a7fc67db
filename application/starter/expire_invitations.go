package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
)

type ExpireInvitations struct {
	invitations outbound.Invitations
	clock       platform.Clock
}

// Handle expires lapsed invitations page by page. It continues after a failure, and joins
// all errors.
func (uc *ExpireInvitations) Handle(ctx context.Context, _ inbound.ExpireInvitations) (ports.BatchResult, error) {
	const page = 100
	now := uc.clock.Now()
	var result ports.BatchResult
	var failures []error
	for after := (outbound.Lapsed{}); ; {
		lapsed, err := uc.invitations.ListLapsed(ctx, now, after, page)
		if err != nil {
			return result, errors.Join(append(failures, err)...)
		}
		for _, after = range lapsed {
			if err := expire(ctx, uc.invitations, after.ID, now); err != nil {
				failures = append(failures, fmt.Errorf("invitation %s: %w", after.ID, err))
				result.Deferred++
			} else {
				result.Processed++
			}
			if ctx.Err() != nil {
				return result, errors.Join(append(failures, ctx.Err())...)
			}
		}
		if len(lapsed) < page {
			return result, errors.Join(failures...)
		}
	}
}
