package ticketmail_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/mail/ticketmail"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/emails"
	"example.com/portico/tests/integration/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newNotifier(t *testing.T, sender mail.Sender) *ticketmail.Notifier {
	t.Helper()
	n, err := ticketmail.New(sender, "Box office <tickets@portico.example>")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func openFolder(t *testing.T, dir string) *mail.Folder {
	t.Helper()
	folder, err := mail.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestNotifierWithFolder(t *testing.T) {
	boxoffice.RunNotifier(t, func(t *testing.T) boxoffice.Mailbox {
		t.Helper()
		dir := t.TempDir()
		return boxoffice.Mailbox{Notifier: newNotifier(t, openFolder(t, dir)), Messages: func() []boxoffice.Message {
			var messages []boxoffice.Message
			for _, m := range emails.ReadFolder(t, dir) {
				messages = append(messages, boxoffice.Message{ID: m.ID, To: m.To, Subject: m.Subject, PDF: m.Content})
			}
			return messages
		}}
	})
}

func TestNotifierWithSMTP(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			boxoffice.RunNotifier(t, func(t *testing.T) boxoffice.Mailbox {
				t.Helper()
				box := servers.SMTP(t)
				smtp, err := mail.NewSMTP(mail.SMTPConfig{URL: box.URL, Roots: box.RootCAs})
				if err != nil {
					t.Fatal(err)
				}
				return boxoffice.Mailbox{
					Notifier: newNotifier(t, smtp),
					Messages: func() []boxoffice.Message { return messagesIn(t, box) },
				}
			})
		})
	}
}

func messagesIn(t *testing.T, box *servers.Mailbox) []boxoffice.Message {
	t.Helper()
	var messages []boxoffice.Message
	for _, arrived := range box.Mail() {
		m := emails.Read(t, bytes.NewReader(arrived.Data))
		if len(arrived.To) != 1 || arrived.To[0] != m.To || arrived.From != m.From {
			t.Errorf("the envelope is from %s to %q, want from %s to %s", arrived.From, arrived.To, m.From, m.To)
		}
		messages = append(messages, boxoffice.Message{ID: m.ID, To: m.To, Subject: m.Subject, PDF: m.Content})
	}
	return messages
}

func TestNotifier(t *testing.T) {
	t.Run("writes what a customer needs to know", func(t *testing.T) {
		dir := t.TempDir()
		sh, b := newBooking(t, "Ορέστεια")
		if err := newNotifier(t, openFolder(t, dir)).SendTickets(t.Context(), b, sh, strings.NewReader("pdf")); err != nil {
			t.Fatal(err)
		}
		messages := emails.ReadFolder(t, dir)
		if len(messages) != 1 {
			t.Fatalf("%d messages, want one", len(messages))
		}
		m := messages[0]
		if m.From != "tickets@portico.example" || m.ID != "<b-42.tickets@portico.example>" {
			t.Errorf("message %s from %s, want <b-42.tickets@portico.example> from tickets@portico.example", m.ID, m.From)
		}
		if age := time.Since(m.Date); age < -time.Minute || age > time.Minute {
			t.Errorf("the date is %s, want now", m.Date)
		}
		for _, fact := range []string{
			"Ορέστεια", "Globe", "Sunday, 1 June 2031, 15:30 EDT", "A-1, A-2", "90.00 EUR", "b-42",
		} {
			if !strings.Contains(m.Text, fact) {
				t.Errorf("the text is\n%s\nwant %q in it", m.Text, fact)
			}
		}
		if m.File != "tickets.pdf" || m.FileType != "application/pdf" {
			t.Errorf("attached is %s of type %s, want tickets.pdf of type application/pdf", m.File, m.FileType)
		}
	})
}

func TestNew(t *testing.T) {
	t.Run("refuses an invalid sender", func(t *testing.T) {
		for _, sender := range []string{"", "Box office", "tickets@", "a@example.com\r\nBcc: b@example.com"} {
			if _, err := ticketmail.New(openFolder(t, t.TempDir()), sender); err == nil {
				t.Errorf("%q: no error", sender)
			}
		}
	})
}

// newBooking returns a show and a booking of two seats for 90 euros.
func newBooking(t *testing.T, title string) (*show.Show, *booking.Booking) {
	t.Helper()
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	euro, err := money.ParseCurrency("EUR")
	if err != nil {
		t.Fatal(err)
	}
	price, err := money.New(4500, euro)
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	sh, err := show.Rehydrate(show.Snapshot{
		ID: "s-1", Organisation: "globe", Title: title, Venue: "Globe",
		StartsAt: time.Date(2031, 6, 1, 19, 30, 0, 0, time.UTC), TimeZone: newYork, Status: show.StatusOnSale, CreatedAt: now, OpenedAt: now,
		Tiers: []show.Tier{{Name: "stalls", Price: price}}, Rows: []show.Row{{Name: "A", Seats: 9, Tier: "stalls"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann := actor.Person{ID: "ann", Email: "ann@example.com"}
	b, err := booking.Hold("b-42", sh, ann, []show.Label{"A-1", "A-2"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return sh, b
}
