package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// Folder keeps what it is to send as files that any mail program opens.
type Folder struct {
	dir  string
	from *mail.Address
}

// OpenFolder writes from an address, "Box office <tickets@example.com>", into a
// folder, which it makes where there is none.
func OpenFolder(dir, from string) (*Folder, error) {
	address, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender's address %q: %w", from, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil { // who has a ticket gets in
		return nil, fmt.Errorf("open the mail folder: %w", err)
	}
	return &Folder{dir, address}, nil
}

// SendTickets is as outbound.Notifier says. A booking's message is the file
// BOOKING.eml, there whole or not at all.
func (f *Folder) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	message, err := newMessage(f.from, b, sh, pdf)
	if err != nil {
		return err
	}
	if err := f.write(string(b.ID())+".eml", message); err != nil {
		return fmt.Errorf("write to the mail folder: %w: %w", ports.ErrUnavailable, err)
	}
	return nil
}

func (f *Folder) write(name string, message io.WriterTo) error {
	draft, err := os.CreateTemp(f.dir, name+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // what is left of one that was not finished
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
