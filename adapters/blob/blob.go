// Package blob stores files in a local folder or an S3 bucket, with the Go CDK.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

var _ platform.Objects = (*Objects)(nil)

// Objects stores files in a bucket.
type Objects struct{ bucket *blob.Bucket }

// OpenFiles opens a store in the folder dir, and creates the folder if necessary.
//
// Put writes and syncs a temporary file, then renames it. If the process is killed before
// the rename, an unused ".tmp" file remains.
func OpenFiles(dir string) (*Objects, error) {
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,                      // files may be secret
		NoTempDir:   true,                       // a rename is atomic only within one file system
		Metadata:    fileblob.MetadataDontWrite, // nothing reads it
	})
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Objects{bucket}, nil
}

func (o *Objects) Close() error { return o.bucket.Close() }

func (o *Objects) Put(ctx context.Context, key, contentType string, content io.Reader) error {
	writeCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	var file *os.File // nil if the bucket is not a folder
	w, err := o.bucket.NewWriter(writeCtx, key, &blob.WriterOptions{
		ContentType: contentType,
		BeforeWrite: func(as func(any) bool) error {
			as(&file)
			return nil
		},
	})
	if err != nil {
		return mapError(ctx, "put", key, err)
	}
	_, err = io.Copy(w, content)
	if err == nil && file != nil {
		err = file.Sync()
	}
	if err != nil {
		cancel() // otherwise Close would store the partial content
		_ = w.Close()
		return mapError(ctx, "put", key, err)
	}
	err = w.Close()
	if err == nil && file != nil {
		err = fsync.Dir(file.Name())
	}
	return mapError(ctx, "put", key, err)
}

func (o *Objects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil { // fileblob does not check the context
		return nil, err
	}
	r, err := o.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, mapError(ctx, "open", key, err)
	}
	return r, nil
}

// mapError translates err into an error of package ports. If ctx has ended, mapError
// returns the error of ctx instead.
func mapError(ctx context.Context, doing, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case gcerrors.Code(err) == gcerrors.NotFound && !bucketMissing(err):
		return fmt.Errorf("%s %s: %w", doing, key, ports.ErrNotFound)
	default:
		return fmt.Errorf("%s %s: %w: %w", doing, key, ports.ErrUnavailable, err)
	}
}

// bucketMissing reports whether err means that the bucket does not exist.
func bucketMissing(err error) bool {
	api, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	return ok && api.ErrorCode() == "NoSuchBucket"
}
