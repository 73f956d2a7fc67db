package invitationmail_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/starter/mail/invitationmail"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/tests/contract/starter/invitations"
	"example.com/portico/tests/emails"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func newNotifier(t *testing.T, sender mail.Sender) *invitationmail.Notifier {
	t.Helper()
	n, err := invitationmail.New(sender, "Portico <invitations@portico.example>")
	testkit.Must(t, err)
	return n
}

func openFolder(t *testing.T, dir string) *mail.Folder {
	t.Helper()
	folder, err := mail.OpenFolder(dir)
	testkit.Must(t, err)
	return folder
}

func TestNotifierWithFolder(t *testing.T) {
	invitations.RunNotifier(t, func(t *testing.T) invitations.Mailbox {
		t.Helper()
		dir := t.TempDir()
		return invitations.Mailbox{Notifier: newNotifier(t, openFolder(t, dir)), Messages: func() []invitations.Message {
			var messages []invitations.Message
			for _, m := range emails.ReadFolder(t, dir) {
				messages = append(messages, invitations.Message{ID: m.ID, To: m.To})
			}
			return messages
		}}
	})
}

func TestNotifierWithSMTP(t *testing.T) {
	invitations.RunNotifier(t, func(t *testing.T) invitations.Mailbox {
		t.Helper()
		box := servers.SMTP(t)
		smtp, err := mail.NewSMTP(mail.SMTPConfig{URL: box.URL, Roots: box.RootCAs})
		testkit.Must(t, err)
		return invitations.Mailbox{Notifier: newNotifier(t, smtp), Messages: func() []invitations.Message {
			var messages []invitations.Message
			for _, arrived := range box.Mail() {
				m := emails.Read(t, bytes.NewReader(arrived.Data))
				messages = append(messages, invitations.Message{ID: m.ID, To: m.To})
			}
			return messages
		}}
	})
}

func TestNotifierWritesWhatAGuestNeedsToKnow(t *testing.T) {
	dir := t.TempDir()
	i, err := invitation.New("i-42", actor.Staff{ID: "mia", Organisation: "globe"}, "gus@example.com", time.Date(2031, 5, 4, 12, 0, 0, 0, time.UTC), 7*24*time.Hour)
	testkit.Must(t, err)
	testkit.Must(t, newNotifier(t, openFolder(t, dir)).SendInvitation(t.Context(), i))

	messages := emails.ReadFolder(t, dir)
	if len(messages) != 1 {
		t.Fatalf("got %d messages, want one", len(messages))
	}
	m := messages[0]
	testkit.WantEqual(t, "message id", m.ID, "<i-42.invitation@portico.example>")
	testkit.WantEqual(t, "sender", m.From, "invitations@portico.example")
	testkit.WantEqual(t, "subject", m.Subject, "Your invitation to globe")
	testkit.WantEqual(t, "attachment", m.File, "")
	for _, fact := range []string{"globe", "i-42", "Sunday, 11 May 2031, 12:00 UTC"} {
		if !strings.Contains(m.Text, fact) {
			t.Errorf("got the text\n%s\nwant %q in it", m.Text, fact)
		}
	}
}

func TestNewRefusesAnInvalidSender(t *testing.T) {
	for _, sender := range []string{"", "Portico", "invitations@", "a@example.com\r\nBcc: b@example.com"} {
		if _, err := invitationmail.New(openFolder(t, t.TempDir()), sender); err == nil {
			t.Errorf("%q: got no error", sender)
		}
	}
}
