package mail_test

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/domain/show"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
		StartsAt: time.Date(2031, 6, 1, 19, 30, 0, 0, time.UTC), Status: show.StatusOnSale, CreatedAt: now,
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

// message is one as a mail program reads it.
type message struct {
	headers        mail.Header
	id, from, to   string
	subject, text  string
	date           time.Time
	file, fileType string
	pdf            []byte
}

// read uses the standard library alone, so that a message is not checked by
// what has made it.
func read(t *testing.T, text io.Reader) message {
	t.Helper()
	raw, err := mail.ReadMessage(text)
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
