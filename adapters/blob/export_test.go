package blob

import (
	"context"
	"time"
)

// OpenS3InAHurry is OpenS3 for who waits for S3 no longer than silent, and
// hardly at all between two tries.
func OpenS3InAHurry(ctx context.Context, address string, silent time.Duration) (*Objects, error) {
	return openS3(ctx, address, patience{connect: silent, silent: silent, pause: 10 * time.Millisecond})
}
