package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"example.com/portico/ports"
)

// Objects keeps files by key.
type Objects struct {
	mu    sync.RWMutex
	files map[string][]byte // contents never change
}

// NewObjects makes an empty store of files.
func NewObjects() *Objects {
	return &Objects{files: map[string][]byte{}}
}

// Put ignores the content type.
func (o *Objects) Put(ctx context.Context, key, _ string, content io.Reader) error {
	file, err := io.ReadAll(content)
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.files[key] = file
	return nil
}

func (o *Objects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	file, ok := o.files[key]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", key, ports.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(file)), nil
}
