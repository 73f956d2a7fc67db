package platform

import (
	"context"
	"io"
)

// Objects keeps files by key. Keys are paths of letters, digits, dots, dashes
// and slashes: "tickets/42.pdf". Durable and shared.
type Objects interface {
	// Put stores a file whole or not at all, in place of one that was there.
	// Errors: ErrUnavailable.
	Put(ctx context.Context, key, contentType string, content io.Reader) error
	// Open streams a file; the caller closes it. Errors: ErrNotFound,
	// ErrUnavailable.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
}
