// Package mail sends email through an SMTP server, or writes it to a folder.
package mail

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"example.com/portico/adapters/internal/fsync"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Sender sends messages.
type Sender interface {
	// Send sends a message completely or not at all. If the attachment cannot be read,
	// Send returns the reader's error. Other errors: ErrUnavailable; ErrPermanent if the
	// recipient's address is invalid, or if the server permanently refuses the address or
	// the message. No error quotes the address.
	Send(ctx context.Context, m Message) error
}

// Message is an email in plain text, with at most one attachment.
type Message struct {
	// ID is the Message-ID without angle brackets: "42@example.com". A message that is
	// sent again must have the same ID, so that a mailbox can detect the duplicate.
	ID string
	// Name is the file name in a [Folder], without ".eml".
	Name       string
	From       *mail.Address
	To         string
	Subject    string
	Text       string
	Attachment Attachment // none if its Content is nil
}

// Attachment is a file in a message.
type Attachment struct {
	Name        string
	ContentType string
	Content     io.Reader
}

// compose builds the email and reads the whole attachment, if there is one.
func compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.From)
	if err := msg.To(m.To); err != nil { // the error quotes the address
		return nil, fmt.Errorf("%w: the recipient's email address is not valid", platform.ErrPermanent)
	}
	msg.SetMessageIDWithValue(m.ID)
	msg.Subject(encodeSubject(m.Subject))
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.Attachment.Content == nil {
		return msg, nil
	}
	if err := msg.AttachReader(m.Attachment.Name, m.Attachment.Content, gomail.WithFileContentType(gomail.ContentType(m.Attachment.ContentType))); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.Attachment.Name, err)
	}
	return msg, nil
}

// encodeSubject encodes a subject if a mail program would otherwise not show it literally:
// text beyond ASCII, and ASCII text that looks like encoded words (RFC 2047). The library
// does not encode ASCII text.
func encodeSubject(text string) string {
	if encoded := mime.QEncoding.Encode("UTF-8", text); encoded != text || !strings.Contains(text, "=?") {
		return encoded
	}
	const maxChunk = 45 // bytes, so that an encoded word has at most 75 characters
	var words []string
	for chunk := range slices.Chunk([]byte(text), maxChunk) {
		words = append(words, "=?UTF-8?B?"+base64.StdEncoding.EncodeToString(chunk)+"?=")
	}
	return strings.Join(words, " ")
}

var _ Sender = (*Folder)(nil)

// Folder writes messages to files that mail programs can open.
type Folder struct{ dir string }

// OpenFolder creates the folder if it does not exist.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil { // an attachment may be a secret
		return nil, fmt.Errorf("open the mail folder: %w", err)
	}
	return &Folder{dir}, nil
}

// Send writes the file NAME.eml atomically, and replaces an existing file.
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
