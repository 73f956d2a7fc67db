package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	if err := f.write(m.Name+".eml", msg); err != nil {
		return fmt.Errorf("write to the mail folder: %w: %w", ports.ErrUnavailable, err)
	}
	return nil
}

func (f *Folder) write(name string, message io.WriterTo) error {
	draft, err := os.CreateTemp(f.dir, name+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // fails after the rename
	defer draft.Close()
	if _, err := message.WriteTo(draft); err != nil {
		return err
	}
	if err := errors.Join(draft.Sync(), draft.Close()); err != nil {
		return err
	}
	path := filepath.Join(f.dir, name)
	if err := os.Rename(draft.Name(), path); err != nil {
		return err
	}
	return fsync.Dir(path)
}
