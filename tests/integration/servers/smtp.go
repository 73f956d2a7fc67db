package servers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mailbox is an SMTP server that keeps the mail that it receives. It accepts mail only
// from clients that have used STARTTLS and authenticated.
type Mailbox struct {
	URL     string         // smtp://tests:tests@…
	RootCAs *x509.CertPool // the CA of the server's certificate
	CAFile  string         // the same CA as a file, for SSL_CERT_FILE

	mu      sync.Mutex
	mail    []Mail
	refused map[string]bool
}

// Mail is an envelope and its message.
type Mail struct {
	From string
	To   []string
	Data []byte // the message, with its headers
}

// SMTP starts a mailbox for one test. The mailbox runs in the test's process, so it
// is available with -short too.
func SMTP(t testing.TB) *Mailbox {
	t.Helper()
	certificate, authority := newCertificate(t)
	m := &Mailbox{RootCAs: x509.NewCertPool(), CAFile: filepath.Join(t.TempDir(), "ca.pem"), refused: map[string]bool{}}
	m.RootCAs.AppendCertsFromPEM(authority)
	if err := os.WriteFile(m.CAFile, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.URL = "smtp://tests:tests@" + l.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{box: m}, nil
	}))
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0) // tests cause connection errors on purpose
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		l.Close() // server.Close does not close l if Serve has not begun
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return m
}

// Mail returns all mail, in the order of arrival.
func (m *Mailbox) Mail() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mail)
}

// Refuse makes the server answer mail that contains the text with a temporary refusal,
// until accept is called.
func (m *Mailbox) Refuse(text string) (accept func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused[text] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.refused, text)
	}
}

func (m *Mailbox) refuses(data []byte) bool {
	for text := range m.refused {
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

type session struct {
	box   *Mailbox
	known bool
	mail  Mail
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "tests" || password != "tests" {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.mail = Mail{From: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.mail.Data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refuses(s.mail.Data) {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "refused"}
	}
	s.box.mail = append(s.box.mail, s.mail)
	return nil
}

func (s *session) Reset()        { s.mail = Mail{} }
func (s *session) Logout() error { return nil }

// newCertificate makes a self-signed certificate for a server on this machine.
func newCertificate(t testing.TB) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "the tests' mail server"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:              []string{"localhost"},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
