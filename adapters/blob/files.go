package blob

import (
	"context"
	"fmt"
	"os"

	"gocloud.dev/blob/fileblob"
)

// OpenFiles keeps the files in a folder, which it makes where there is none.
//
// A file is written next to its place and moved there when it is whole and on
// the disk. A process that ends in the middle may leave a file that ends in
// ".tmp", which nothing reads.
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
	return &Objects{bucket, func(context.Context) error {
		folder, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		return folder.Close()
	}}, nil
}
