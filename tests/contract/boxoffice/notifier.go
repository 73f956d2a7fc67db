package boxoffice

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Mailbox holds a notifier and the messages that it sent. It starts empty.
type Mailbox struct {
	Notifier outbound.Notifier
	// Messages returns the messages that have arrived, in any order. It may omit
	// duplicates with the same id.
	Messages func() []Message
}

// Message is an email with tickets.
type Message struct {
	ID      string
	To      string // the address alone
	Subject string
	PDF     []byte
}

// RunNotifier checks an [outbound.Notifier].
func RunNotifier(t *testing.T, open func(t *testing.T) Mailbox) {
	run := func(name string, test func(t *testing.T, m Mailbox)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("sends a booking's tickets to its customer", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		pdf := everyByte()
		testkit.Must(t, m.Notifier.SendTickets(t.Context(), newBooking(t, sh, "ann", "A-1", "A-2"), sh, bytes.NewReader(pdf)))
		got := m.only(t)
		if got.To != "ann@example.com" {
			t.Errorf("got recipient %q, want %q", got.To, "ann@example.com")
		}
		if !bytes.Equal(got.PDF, pdf) {
			t.Errorf("got another attachment, of %d bytes, want the %d given", len(got.PDF), len(pdf))
		}
		if got.ID == "" {
			t.Error("got an empty message id")
		}
	})

	run("puts any title in the subject, regardless of script and length", func(t *testing.T, m Mailbox) {
		for _, title := range []string{
			"Hamlet",
			"Ορέστεια – Чайка – Žižkov’s “Été”",
			"Ein Sommernachtstraum: " + strings.Repeat("σ", longestTitle-23),
			strings.Repeat("Long ", longestTitle/5-1) + "Day’s",
			strings.Repeat("x", longestTitle),
			"Sous les pavés, la plage 🏖",
		} {
			spec := hamlet()
			spec.Title = title
			sh := newDraft(t, globeStaff, spec)
			testkit.Must(t, sh.Open(noon))
			b := newBooking(t, sh, "ann", "A-1")
			testkit.Must(t, m.Notifier.SendTickets(t.Context(), b, sh, strings.NewReader("pdf")))
			named := func(got Message) bool { return strings.Contains(got.Subject, title) }
			if !slices.ContainsFunc(m.Messages(), named) {
				t.Errorf("got no subject with the title %q", title)
			}
		}
	})

	run("uses the same message id when it sends a booking's tickets again", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		b := newBooking(t, sh, "ann", "A-1")
		for range 3 {
			testkit.Must(t, m.Notifier.SendTickets(t.Context(), b, sh, strings.NewReader("pdf")))
		}
		if ids := m.ids(t); len(ids) != 1 {
			t.Errorf("got the message ids %v, want one", ids)
		}
	})

	run("uses a different message id for each booking", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		testkit.Must(t, m.Notifier.SendTickets(t.Context(), newBooking(t, sh, "ann", "A-1"), sh, strings.NewReader("one")))
		testkit.Must(t, m.Notifier.SendTickets(t.Context(), newBooking(t, sh, "ann", "A-2"), sh, strings.NewReader("two")))
		if ids := m.ids(t); len(ids) != 2 {
			t.Errorf("got the message ids %v, want two", ids)
		}
	})

	run("sends the tickets of many bookings concurrently", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		bookings := make([]*booking.Booking, 20)
		for i := range bookings {
			bookings[i] = newBooking(t, sh, "ann", "A-1")
		}
		testkit.RunConcurrently(2*len(bookings), func(i int) { // each booking twice
			b := bookings[i%len(bookings)]
			if err := m.Notifier.SendTickets(t.Context(), b, sh, strings.NewReader(string(b.ID()))); err != nil {
				t.Errorf("booking %s: %v", b.ID(), err)
			}
		})
		if ids := m.ids(t); len(ids) != len(bookings) {
			t.Errorf("got %d message ids, want %d", len(ids), len(bookings))
		}
		for _, b := range bookings {
			if !slices.ContainsFunc(m.Messages(), func(got Message) bool { return string(got.PDF) == string(b.ID()) }) {
				t.Errorf("got no message with the tickets of booking %s", b.ID())
			}
		}
	})

	run("returns a permanent error for an invalid address", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		for _, email := range []string{
			"", "ann", "@example.com", "ann@", "ann@example.com, bob@example.com",
			"ann@example.com\r\nBcc: bob@example.com", "ann\x00@example.com",
		} {
			b, err := booking.Hold(booking.ID(newID()), sh, actor.Person{ID: "ann", Email: email},
				[]show.Label{"A-1"}, noon, holdFor)
			testkit.Must(t, err)
			err = m.Notifier.SendTickets(t.Context(), b, sh, strings.NewReader("pdf"))
			if !errors.Is(err, platform.ErrPermanent) || errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("address %q: got error %v, want %v", email, err, platform.ErrPermanent)
			}
		}
		m.isEmpty(t)
	})

	run("sends nothing when the tickets cannot be read", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		broken := errors.New("connection reset")
		half := io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(broken))
		testkit.WantError(t, m.Notifier.SendTickets(t.Context(), newBooking(t, sh, "ann", "A-1"), sh, half), broken)
		m.isEmpty(t)
	})

	run("sends nothing if the context is already cancelled", func(t *testing.T, m Mailbox) {
		sh := newShowOnSale(t)
		err := m.Notifier.SendTickets(testkit.CancelledContext(t), newBooking(t, sh, "ann", "A-1"), sh, strings.NewReader("pdf"))
		testkit.WantError(t, err, context.Canceled)
		m.isEmpty(t)
	})
}

// longestTitle is the maximum length of a title in characters.
const longestTitle = 200

// everyByte returns content that a mail encoding could damage: every byte value, in many
// lines.
func everyByte() []byte {
	var all []byte
	for b := range 256 {
		all = append(all, byte(b), '\r', '\n', '.', '\n')
	}
	return bytes.Repeat(all, 50)
}

func (m Mailbox) only(t *testing.T) Message {
	t.Helper()
	messages := m.Messages()
	if len(messages) != 1 {
		t.Fatalf("got %d messages, want one", len(messages))
	}
	return messages[0]
}

func (m Mailbox) isEmpty(t *testing.T) {
	t.Helper()
	if n := len(m.Messages()); n != 0 {
		t.Errorf("got %d messages, want none", n)
	}
}

func (m Mailbox) ids(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	for _, message := range m.Messages() {
		ids[message.ID] = true
	}
	return ids
}
