// Package blob keeps files in a bucket of the Go CDK: a folder of this machine.
package blob

import (
	"context"
	"fmt"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"example.com/portico/ports/outbound"
)

// Objects keeps files in a bucket.
type Objects struct{ bucket *blob.Bucket }

// OpenFiles keeps the files in a folder, which it makes where there is none.
//
// A file is written next to its place and moved there when it is whole, without
// waiting for the disk: what was put survives the end of the process, kill -9
// included, though not of the machine in the seconds after. A process that ends
// in the middle may leave a file that ends in ".tmp", which nothing reads.
func OpenFiles(dir string) (*Objects, error) {
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,                      // who has a ticket gets in
		NoTempDir:   true,                       // a file moves whole only within its file system
		Metadata:    fileblob.MetadataDontWrite, // nobody asks for it
	})
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Objects{bucket}, nil
}

// Close gives back what the bucket holds.
func (o *Objects) Close() error { return o.bucket.Close() }

// Put is as outbound.Objects says.
func (o *Objects) Put(ctx context.Context, key, contentType string, content io.Reader) error {
	writing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	w, err := o.bucket.NewWriter(writing, key, &blob.WriterOptions{ContentType: contentType})
	if err != nil {
		return explain(ctx, "put", key, err)
	}
	if _, err := io.Copy(w, content); err != nil {
		giveUp() // or Close would put the part that is there; Bucket.Upload does
		_ = w.Close()
		return explain(ctx, "put", key, err)
	}
	return explain(ctx, "put", key, w.Close())
}

// Open is as outbound.Objects says.
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
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s %s: %w", doing, key, outbound.ErrNotFound)
	default:
		return fmt.Errorf("%s %s: %w: %w", doing, key, outbound.ErrUnavailable, err)
	}
}
