// Package blob keeps files in a bucket of the Go CDK: a folder of this machine,
// or one of S3.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/ports"
)

// Objects keeps files in a bucket.
type Objects struct {
	bucket *blob.Bucket
	reach  func(context.Context) error // fails where the bucket is not there
}

// Close gives back what the bucket holds.
func (o *Objects) Close() error { return o.bucket.Close() }

// Ping fails with ports.ErrUnavailable while the bucket cannot be reached.
func (o *Objects) Ping(ctx context.Context) error {
	err := o.reach(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("reach the files: %w: %w", ports.ErrUnavailable, err)
	}
}

// Put is as platform.Objects says.
func (o *Objects) Put(ctx context.Context, key, contentType string, content io.Reader) error {
	writing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var file *os.File // nil where the bucket is no folder
	w, err := o.bucket.NewWriter(writing, key, &blob.WriterOptions{
		ContentType: contentType,
		BeforeWrite: func(as func(any) bool) error {
			as(&file)
			return nil
		},
	})
	if err != nil {
		return explain(ctx, "put", key, err)
	}
	_, err = io.Copy(w, content)
	if err == nil && file != nil {
		err = file.Sync()
	}
	if err != nil {
		giveUp() // or Close would put the part that is there; Bucket.Upload does
		_ = w.Close()
		return explain(ctx, "put", key, err)
	}
	err = w.Close()
	if err == nil && file != nil {
		err = fsync.Dir(file.Name())
	}
	return explain(ctx, "put", key, err)
}

// Open is as platform.Objects says.
func (o *Objects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil { // a folder does not look
		return nil, err
	}
	r, err := o.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, explain(ctx, "open", key, err)
	}
	return r, nil
}

// explain tells in the port's words what a bucket said.
func explain(ctx context.Context, doing, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case gcerrors.Code(err) == gcerrors.NotFound && !withoutBucket(err):
		return fmt.Errorf("%s %s: %w", doing, key, ports.ErrNotFound)
	default:
		return fmt.Errorf("%s %s: %w: %w", doing, key, ports.ErrUnavailable, err)
	}
}

// withoutBucket tells whether it is the bucket that is not there.
func withoutBucket(err error) bool {
	var api interface{ ErrorCode() string }
	return errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket"
}
