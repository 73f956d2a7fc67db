package mail_test

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	portico "example.com/portico/adapters/mail"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
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
	contract.RunNotifier(t, func(t *testing.T) contract.Mailbox {
		t.Helper()
		dir := t.TempDir()
		return contract.Mailbox{Notifier: openFolder(t, dir), Messages: func() []contract.Message {
			var messages []contract.Message
			for _, m := range readAll(t, dir) {
				messages = append(messages, contract.Message{ID: m.id, To: m.to, Subject: m.subject, PDF: m.pdf})
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
		if !errors.Is(err, outbound.ErrUnavailable) {
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

func send(t *testing.T, folder *portico.Folder, b *booking.Booking, sh *show.Show) {
	t.Helper()
	if err := folder.SendTickets(t.Context(), b, sh, strings.NewReader("pdf")); err != nil {
		t.Fatal(err)
	}
}

// aBooking is of two seats, for 90 euros, of a show that may have any title.
func aBooking(t *testing.T, title string) (*show.Show, *booking.Booking) {
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
	sh, err := show.Rehydrate(show.Snapshot{
		ID: "s-1", Organisation: "globe", Title: title, Venue: "Globe",
		StartsAt: time.Date(2031, 6, 1, 19, 30, 0, 0, time.UTC), Status: show.OnSale, CreatedAt: now,
		Tiers: []show.Tier{{Name: "stalls", Price: price}}, Rows: []show.Row{{Name: "A", Seats: 9, Tier: "stalls"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann := actor.Customer{ID: "ann", Email: "ann@example.com"}
	b, err := booking.Hold("b-42", sh, ann, []show.Label{"A-1", "A-2"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return sh, b
}

// message is one as a mail program reads it.
type message struct {
	headers        mail.Header
	id, from, to   string
	subject, text  string
	date           time.Time
	file, fileType string
	pdf            []byte
}

func readAll(t *testing.T, dir string) []message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var messages []message
	for _, file := range files {
		messages = append(messages, read(t, file))
	}
	return messages
}

// read uses the standard library alone, so that a message is not checked by
// what has made it.
func read(t *testing.T, file string) message {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := mail.ReadMessage(f)
	if err != nil {
		t.Fatal(err)
	}
	m := message{headers: raw.Header, id: raw.Header.Get("Message-ID"), from: address(t, raw, "From"), to: address(t, raw, "To")}
	if m.subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	if m.date, err = raw.Header.Date(); err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("its type is %s, %v", kind, err)
	}
	parts := multipart.NewReader(raw.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m
		}
		if err != nil {
			t.Fatal(err)
		}
		content := decoded(t, part)
		if part.FileName() == "" {
			m.text += string(content)
			continue
		}
		m.file, m.pdf = part.FileName(), content
		if m.fileType, _, err = mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil {
			t.Fatal(err)
		}
	}
}

func address(t *testing.T, m *mail.Message, header string) string {
	t.Helper()
	list, err := m.Header.AddressList(header)
	if err != nil || len(list) != 1 {
		t.Fatalf("%s: %v, %v, want one address", header, list, err)
	}
	return list[0].Address
}

func decoded(t *testing.T, part *multipart.Part) []byte {
	t.Helper()
	var r io.Reader = part
	switch part.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, part)
	case "quoted-printable":
		r = quotedprintable.NewReader(part)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
