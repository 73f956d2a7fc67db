package mail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/ports"
)

var _ Sender = (*Folder)(nil)

// Folder writes messages to files that mail programs open.
type Folder struct{ dir string }

// OpenFolder creates the folder if it does not exist.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // an attachment may be a secret
		return nil, fmt.Errorf("open the mail folder: %w", err)
	}
	return &Folder{dir}, nil
}

// Send writes or replaces the file NAME.eml as a whole.
func (f *Folder) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	msg, err := compose(m)
	if err != nil {
		return err
	}
	if err := fsync.Write(filepath.Join(f.dir, m.Name+".eml"), msg, os.Rename); err != nil {
		return fmt.Errorf("write to the mail folder: %w: %w", ports.ErrUnavailable, err)
	}
	return nil
}
