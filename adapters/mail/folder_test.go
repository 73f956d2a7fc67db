package mail_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	portico "example.com/portico/adapters/mail"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract/boxoffice"
)

const from = "Box office <tickets@portico.example>"

func openFolder(t *testing.T, dir string) *portico.Folder {
	t.Helper()
	folder, err := portico.OpenFolder(dir, from)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFolder(t *testing.T) {
	boxoffice.RunNotifier(t, func(t *testing.T) boxoffice.Mailbox {
		t.Helper()
		dir := t.TempDir()
		return boxoffice.Mailbox{Notifier: openFolder(t, dir), Messages: func() []boxoffice.Message {
			var messages []boxoffice.Message
			for _, m := range readAll(t, dir) {
				messages = append(messages, boxoffice.Message{ID: m.id, To: m.to, Subject: m.subject, PDF: m.pdf})
			}
			return messages
		}}
	})

	t.Run("writes what a customer has to know", func(t *testing.T) {
		dir := t.TempDir()
		sh, b := aBooking(t, "Ορέστεια")
		send(t, openFolder(t, dir), b, sh)
		messages := readAll(t, dir)
		if len(messages) != 1 {
			t.Fatalf("%d messages, want one", len(messages))
		}
		m := messages[0]
		if m.from != "tickets@portico.example" || m.id != "<b-42.tickets@portico.example>" {
			t.Errorf("it is %s from %s", m.id, m.from)
		}
		if age := time.Since(m.date); age < -time.Minute || age > time.Minute {
			t.Errorf("it is dated %s", m.date)
		}
		for _, fact := range []string{
			"Ορέστεια", "Globe", "Sunday, 1 June 2031, 19:30 UTC", "A-1, A-2", "90.00 EUR", "b-42",
		} {
			if !strings.Contains(m.text, fact) {
				t.Errorf("it does not say %q:\n%s", fact, m.text)
			}
		}
		if m.file != "tickets.pdf" || m.fileType != "application/pdf" {
			t.Errorf("attached is %s of type %s", m.file, m.fileType)
		}
	})

	t.Run("keeps one file a booking, for nobody else to read", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data", "mail")
		folder := openFolder(t, dir)
		sh, b := aBooking(t, "The Tempest")
		send(t, folder, b, sh)
		send(t, folder, b, sh)
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || files[0].Name() != "b-42.eml" {
			t.Errorf("the folder holds %v, %v, want b-42.eml", files, err)
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

	// No show has such a title, but the header does not depend on that.
	t.Run("lets no title add a header, a recipient or a part", func(t *testing.T) {
		for _, title := range []string{
			"x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: eve@example.com",
			"x\r\n\r\nanother body", "x\r\n\t\r\n--boundary", "ü\r\nBcc: eve@example.com",
			strings.Repeat("word ", 30) + "\r\nBcc: eve@example.com",
		} {
			dir := t.TempDir()
			sh, b := aBooking(t, title)
			send(t, openFolder(t, dir), b, sh)
			m := readAll(t, dir)[0]
			if m.subject != "Your tickets for "+title {
				t.Errorf("%q: the subject is %q", title, m.subject)
			}
			if len(m.headers["Bcc"]) > 0 || len(m.headers["To"]) != 1 || len(m.headers) != 7 {
				t.Errorf("%q: the headers are %v", title, m.headers)
			}
		}
	})

	t.Run("says that it is unavailable when it cannot be written, and leaves nothing", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "b-42.eml"), 0o700); err != nil { // where the file would have to be
			t.Fatal(err)
		}
		sh, b := aBooking(t, "The Tempest")
		err := openFolder(t, dir).SendTickets(t.Context(), b, sh, strings.NewReader("pdf"))
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("the folder holds %v, %v", files, err)
		}
	})
}

func TestOpenFolder(t *testing.T) {
	t.Run("refuses a sender without an address", func(t *testing.T) {
		for _, sender := range []string{"", "Box office", "tickets@", "a@example.com\r\nBcc: b@example.com"} {
			if _, err := portico.OpenFolder(t.TempDir(), sender); err == nil {
				t.Errorf("it takes %q", sender)
			}
		}
	})
}

func send(t *testing.T, notifier outbound.Notifier, b *booking.Booking, sh *show.Show) {
	t.Helper()
	if err := notifier.SendTickets(t.Context(), b, sh, strings.NewReader("pdf")); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, dir string) []message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var messages []message
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, read(t, bytes.NewReader(text)))
	}
	return messages
}
