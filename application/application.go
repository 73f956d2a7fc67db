// Package application holds the use cases, one file each: the folder listing is
// the feature list. Each says who may, loads, lets the domain decide, and
// stores. Logging, metrics, retries and transactions' inner workings are
// around it, not in it.
package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/invalid"
	"example.com/portico/ports/inbound"
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

// belongsTo hides what is not the customer's: to others it is not there.
func belongsTo(b *booking.Booking, c actor.Customer) error {
	if b.Customer() != c.ID {
		return fmt.Errorf("booking %s: %w", b.ID(), outbound.ErrNotFound)
	}
	return nil
}

// sweep deals with every booking that waits for a job, page by page. One that
// cannot be dealt with is left for the next time and does not stop the rest;
// the errors come back joined.
func sweep(ctx context.Context, bookings outbound.Bookings, due outbound.Due, deal func(booking.ID) (done bool, err error)) (inbound.Swept, error) {
	const page = 100
	var swept inbound.Swept
	var failures []error
	for after := booking.ID(""); ; {
		ids, err := bookings.Due(ctx, due, after, page)
		if err != nil {
			return swept, errors.Join(append(failures, err)...)
		}
		for _, id := range ids {
			done, err := deal(id)
			if err != nil {
				failures = append(failures, fmt.Errorf("booking %s: %w", id, err))
			}
			if done {
				swept.Changed++
			} else {
				swept.Left++
			}
			if ctx.Err() != nil {
				return swept, ctx.Err()
			}
			after = id
		}
		if len(ids) < page {
			return swept, errors.Join(failures...)
		}
	}
}

// page cuts a list, of which one more than the limit was asked for, into a page.
func page[T any, I ~string](items []T, limit int, id func(T) I) inbound.Page[T] {
	if len(items) <= limit {
		return inbound.Page[T]{Items: items}
	}
	items = items[:limit]
	return inbound.Page[T]{Items: items, Next: string(id(items[limit-1]))}
}

func checkLimit(limit int) error {
	var c invalid.Collector
	c.Check(1 <= limit && limit <= inbound.MaxPage, "limit", "it is 1 to %d", inbound.MaxPage)
	return c.Err()
}
