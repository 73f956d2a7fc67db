package mail_test

import (
	"errors"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"example.com/portico/adapters/mail"
	"example.com/portico/ports"
	"example.com/portico/tests/emails"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMessage() mail.Message {
	return mail.Message{
		ID: "b-42@portico.example", Name: "b-42",
		From: &netmail.Address{Name: "Box office", Address: "tickets@portico.example"}, To: "ann@example.com",
		Subject: "Your tickets", Text: "They are attached.",
		Attachment: mail.Attachment{Name: "tickets.pdf", ContentType: "application/pdf", Content: strings.NewReader("pdf")},
	}
}

func openFolder(t *testing.T, dir string) *mail.Folder {
	t.Helper()
	folder, err := mail.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFolder(t *testing.T) {
	t.Run("writes all parts of a message", func(t *testing.T) {
		dir := t.TempDir()
		send(t, openFolder(t, dir), newMessage())
		messages := emails.ReadFolder(t, dir)
		if len(messages) != 1 {
			t.Fatalf("%d messages, want one", len(messages))
		}
		got := messages[0]
		for _, part := range []struct{ name, got, want string }{
			{"id", got.ID, "<b-42@portico.example>"},
			{"sender", got.From, "tickets@portico.example"},
			{"recipient", got.To, "ann@example.com"},
			{"subject", got.Subject, "Your tickets"},
			{"text", got.Text, "They are attached."},
			{"name of the attachment", got.File, "tickets.pdf"},
			{"type of the attachment", got.FileType, "application/pdf"},
			{"attachment", string(got.Content), "pdf"},
		} {
			if part.got != part.want {
				t.Errorf("the %s is %q, want %q", part.name, part.got, part.want)
			}
		}
	})

	t.Run("writes one file per message name, readable by its owner only", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data", "mail")
		folder := openFolder(t, dir)
		send(t, folder, newMessage())
		send(t, folder, newMessage())
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || files[0].Name() != "b-42.eml" {
			t.Errorf("files %v, error %v, want b-42.eml", files, err)
		}
		for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "b-42.eml"): 0o600} {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != mode {
				t.Errorf("%s is %s, want %s", path, info.Mode().Perm(), mode)
			}
		}
	})

	t.Run("does not let a subject add a header, a recipient or a part", func(t *testing.T) {
		for _, title := range []string{
			"x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com",
			"x\r\n\r\nanother body", "x\r\n\t\r\n--boundary", "ü\r\nBcc: eve@example.com",
			strings.Repeat("word ", 30) + "\r\nBcc: eve@example.com",
		} {
			dir := t.TempDir()
			message := newMessage()
			message.Subject = "Your tickets for " + title
			send(t, openFolder(t, dir), message)
			m := emails.ReadFolder(t, dir)[0]
			if m.Subject != "Your tickets for "+title {
				t.Errorf("the subject is %q, want %q", m.Subject, message.Subject)
			}
			if len(m.Headers["Bcc"]) > 0 || len(m.Headers["To"]) != 1 || len(m.Headers) != 7 {
				t.Errorf("%q: headers %v, want 7 without Bcc", title, m.Headers)
			}
		}
	})

	t.Run("writes a subject that a mail program shows literally", func(t *testing.T) {
		for _, test := range []struct{ name, subject string }{
			{"an encoded line break", "=?utf-8?q?=0d=0aBcc:_eve@example.com?="},
			{"base64", "Your tickets for =?utf-8?b?ZXZpbA==?="},
			{"two encoded words", "=?utf-8?q?a?= =?utf-8?q?b?="},
			{"the start of an encoded word", "What=?"},
			{"beyond ASCII", "Ορέστεια =?utf-8?q?a?="},
			{"200 characters", strings.Repeat("=?utf-8?q?abc=20?= x", 10)},
		} {
			t.Run(test.name, func(t *testing.T) {
				dir := t.TempDir()
				message := newMessage()
				message.Subject = test.subject
				send(t, openFolder(t, dir), message)
				got := emails.ReadFolder(t, dir)[0] // decodes encoded words
				if got.Subject != test.subject {
					t.Errorf("the subject is %q, want %q", got.Subject, test.subject)
				}
				for word := range strings.FieldsSeq(got.Headers.Get("Subject")) {
					if len(word) > 75 {
						t.Errorf("the encoded word %q has %d characters, want 75 at most", word, len(word))
					}
				}
			})
		}
	})

	t.Run("returns ErrUnavailable when the file cannot be written, and leaves no temporary file", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "b-42.eml"), 0o700); err != nil { // a folder in place of the file
			t.Fatal(err)
		}
		err := openFolder(t, dir).Send(t.Context(), newMessage())
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("files %v, error %v, want the one that was there", files, err)
		}
	})
}

func send(t *testing.T, sender mail.Sender, m mail.Message) {
	t.Helper()
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}
