package blob

import (
	"context"
	"time"
)

// OpenS3WithTimeout is OpenS3 with the given timeout and almost no back-off.
func OpenS3WithTimeout(ctx context.Context, address string, timeout time.Duration) (*Objects, error) {
	return openS3(ctx, address, timeouts{connect: timeout, read: timeout, maxBackOff: 10 * time.Millisecond})
}
