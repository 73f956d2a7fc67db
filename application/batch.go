package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// sweep deals with every booking that waits for a job, page by page. One that
// cannot be dealt with is left for the next time and does not stop the rest;
// the errors come back joined.
func processDue(ctx context.Context, bookings outbound.Bookings, due outbound.DueFilter, deal func(booking.ID) (done bool, err error)) (ports.BatchResult, error) {
	const page = 100
	var swept ports.BatchResult
	var failures []error
	for after := booking.ID(""); ; {
		ids, err := bookings.ListDue(ctx, due, after, page)
		if err != nil {
			return swept, errors.Join(append(failures, err)...)
		}
		for _, id := range ids {
			done, err := deal(id)
			if err != nil {
				failures = append(failures, fmt.Errorf("booking %s: %w", id, err))
			}
			if done {
				swept.Processed++
			} else {
				swept.Deferred++
			}
			if ctx.Err() != nil {
				return swept, errors.Join(append(failures, ctx.Err())...)
			}
			after = id
		}
		if len(ids) < page {
			return swept, errors.Join(failures...)
		}
	}
}
