package application

import (
	"context"
	"errors"
	"fmt"

	"example.com/portico/domain/booking"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// processDue calls process for every due booking, page by page. It counts a booking as
// processed if process returns true, or else as deferred. It joins all errors.
func processDue(ctx context.Context, bookings outbound.Bookings, due outbound.DueFilter, process func(booking.ID) (done bool, err error)) (ports.BatchResult, error) {
	const page = 100
	var result ports.BatchResult
	var failures []error
	for after := (outbound.DueBooking{}); ; {
		found, err := bookings.ListDue(ctx, due, after, page)
		if err != nil {
			return result, errors.Join(append(failures, err)...)
		}
		for _, b := range found {
			done, err := process(b.ID)
			if err != nil {
				failures = append(failures, fmt.Errorf("booking %s: %w", b.ID, err))
			}
			if done {
				result.Processed++
			} else {
				result.Deferred++
			}
			if ctx.Err() != nil {
				return result, errors.Join(append(failures, ctx.Err())...)
			}
			after = b
		}
		if len(found) < page {
			return result, errors.Join(failures...)
		}
	}
}
