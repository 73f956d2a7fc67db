package blob

import (
	"fmt"

	"gocloud.dev/blob/fileblob"
)

// OpenFiles stores files in a folder, which it creates if it does not exist.
//
// A file is written next to its place, and moved there when it is complete and
// on disk. A process that is killed meanwhile may leave a file that ends in
// ".tmp", which nothing reads.
func OpenFiles(dir string) (*Objects, error) {
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,                      // files may be secret
		NoTempDir:   true,                       // a move is atomic only within a file system
		Metadata:    fileblob.MetadataDontWrite, // it is not used
	})
	if err != nil {
		return nil, fmt.Errorf("open the folder of files: %w", err)
	}
	return &Objects{bucket}, nil
}
