package memory

import (
	"context"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"sync"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
)

// Notifier keeps what it is to send.
type Notifier struct {
	mu   sync.Mutex
	sent []Message
}

// Message is what a customer finds in the mailbox.
type Message struct {
	ID      string
	To      string
	Subject string
	PDF     []byte
}

// SendTickets is as outbound.Notifier says.
func (n *Notifier) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	to, err := mail.ParseAddress(b.Email())
	if err != nil {
		return fmt.Errorf("booking %s has no email address that can be written to", b.ID())
	}
	content, err := io.ReadAll(pdf)
	if err != nil {
		return fmt.Errorf("read the tickets of booking %s: %w", b.ID(), err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, Message{
		ID:      string(b.ID()) + ".tickets",
		To:      to.Address,
		Subject: "Your tickets for " + sh.Title(),
		PDF:     content,
	})
	return nil
}

// Sent is all that was sent, the oldest first, repetitions included.
func (n *Notifier) Sent() []Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.sent)
}
