// Package emails reads emails as a mail program does.
package emails

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Message is an email with at most one attachment.
type Message struct {
	Headers mail.Header
	ID      string
	// From and To are addresses without names.
	From, To       string
	Subject, Text  string
	Date           time.Time
	File, FileType string // of the attachment
	Content        []byte
}

// Read parses an email with the standard library only, not with the library that wrote
// it.
func Read(t *testing.T, text io.Reader) Message {
	t.Helper()
	raw, err := mail.ReadMessage(text)
	if err != nil {
		t.Fatal(err)
	}
	m := Message{Headers: raw.Header, ID: raw.Header.Get("Message-ID"), From: address(t, raw, "From"), To: address(t, raw, "To")}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(raw.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	if m.Date, err = raw.Header.Date(); err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(raw.Header.Get("Content-Type"))
	if err == nil && kind == "text/plain" {
		m.Text = string(decoded(t, raw.Header.Get("Content-Transfer-Encoding"), raw.Body))
		return m
	}
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("the type is %s, %v, want text/plain or multipart/mixed", kind, err)
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
		content := decoded(t, part.Header.Get("Content-Transfer-Encoding"), part)
		if part.FileName() == "" {
			m.Text += string(content)
			continue
		}
		m.File, m.Content = part.FileName(), content
		if m.FileType, _, err = mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil {
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

func decoded(t *testing.T, encoding string, r io.Reader) []byte {
	t.Helper()
	switch encoding {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// ReadFolder reads the .eml files of a folder.
func ReadFolder(t *testing.T, dir string) []Message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var messages []Message
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, Read(t, bytes.NewReader(text)))
	}
	return messages
}
