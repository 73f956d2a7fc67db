package application

import (
	"context"
	"errors"

	"example.com/portico/ports/outbound"
)

// errSeenBefore ends a unit of work for an event that had its effect already.
var errSeenBefore = errors.New("this event had its effect before")

// once runs the effect of an event in one unit of work, and does nothing the
// second time.
func once(ctx context.Context, work outbound.UnitOfWork, subscription string, id outbound.EventID, effect func(context.Context, outbound.Stores) error) error {
	err := work.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
		first, err := s.Inbox.FirstTime(ctx, subscription, id)
		if err != nil {
			return err
		}
		if !first {
			return errSeenBefore
		}
		return effect(ctx, s)
	})
	if errors.Is(err, errSeenBefore) {
		return nil
	}
	return err
}
