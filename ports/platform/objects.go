package platform

import (
	"context"
	"io"
)

// Objects stores files by key. Keys are paths of letters, digits, dots, dashes and
// slashes: "tickets/42.pdf". Durable and shared.
type Objects interface {
	// Put stores a file, all or nothing. It overwrites any existing file that has the
	// same key. Errors: ErrUnavailable.
	Put(ctx context.Context, key, contentType string, content io.Reader) error
	// Open returns a file, which the caller must close. Errors: ErrNotFound,
	// ErrUnavailable.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
}
