// Package mail sends email through an SMTP server, or writes it to a folder.
package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"

	gomail "github.com/wneessen/go-mail"
)

// Sender sends messages.
type Sender interface {
	// Send sends a message, or nothing when it fails. An invalid recipient is an
	// error that does not quote the address; an attachment that cannot be read
	// gives the reader's error. Errors: ErrUnavailable.
	Send(ctx context.Context, m Message) error
}

// Message is an email in plain text with an attachment.
type Message struct {
	// ID is the Message-ID without angle brackets: "42@example.com". Sending the
	// same message again with the same ID lets a mailbox recognise it.
	ID string
	// Name is what a Folder calls the message: NAME.eml.
	Name       string
	From       *mail.Address
	To         string
	Subject    string
	Text       string
	Attachment Attachment
}

// Attachment is a file in a message.
type Attachment struct {
	Name        string
	ContentType string
	Content     io.Reader
}

// compose reads the attachment.
func compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.From)
	if err := msg.To(m.To); err != nil { // it quotes the address
		return nil, errors.New("the recipient's email address is not valid")
	}
	msg.SetMessageIDWithValue(m.ID)
	msg.Subject(m.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if err := msg.AttachReader(m.Attachment.Name, m.Attachment.Content, gomail.WithFileContentType(gomail.ContentType(m.Attachment.ContentType))); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.Attachment.Name, err)
	}
	return msg, nil
}
