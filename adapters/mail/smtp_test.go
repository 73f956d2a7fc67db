package mail_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	portico "example.com/portico/adapters/mail"
	"example.com/portico/ports"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/integration/servers"
)

func newSMTP(t *testing.T, config portico.SMTPConfig) *portico.SMTP {
	t.Helper()
	config.From = from
	s, err := portico.NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSMTPKeepsTheContract(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			boxoffice.RunNotifier(t, func(t *testing.T) boxoffice.Mailbox {
				t.Helper()
				box := servers.SMTP(t)
				return boxoffice.Mailbox{
					Notifier: newSMTP(t, portico.SMTPConfig{URL: box.URL, Roots: box.RootCAs}),
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
		m := read(t, bytes.NewReader(arrived.Data))
		if len(arrived.To) != 1 || arrived.To[0] != m.to || arrived.From != m.from {
			t.Errorf("the envelope is from %s for %q", arrived.From, arrived.To)
		}
		messages = append(messages, boxoffice.Message{ID: m.id, To: m.to, Subject: m.subject, PDF: m.pdf})
	}
	return messages
}

func TestSMTP(t *testing.T) {
	t.Parallel()

	t.Run("begins with encryption at the port for that", func(t *testing.T) {
		t.Parallel()
		office := &office{}
		url, roots := office.open(t, "smtps")
		sendOne(t, newSMTP(t, portico.SMTPConfig{URL: url, Roots: roots}))
		office.wantMail(t, 1)
	})

	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run("logs in by "+scheme+" where PLAIN is not spoken", func(t *testing.T) {
			t.Parallel()
			office := &office{mechanism: sasl.Login}
			url, roots := office.open(t, scheme)
			sendOne(t, newSMTP(t, portico.SMTPConfig{URL: strings.Replace(url, "://", "://ann:secret@", 1), Roots: roots}))
			office.wantMail(t, 1)
		})
	}

	for what, user := range map[string]string{"a message": "", "a password": "ann:secret@"} {
		t.Run("sends "+what+" in the clear within this machine, and elsewhere where it may", func(t *testing.T) {
			t.Parallel()
			office := &office{plain: true}
			url, _ := office.open(t, "smtp")
			here := strings.Replace(url, "://", "://"+user, 1)
			wantNotSent(t, newSMTP(t, portico.SMTPConfig{URL: elsewhere(here)}))
			if office.mail.Load() != 0 || office.passwords.Load() != 0 {
				t.Error("it sends it anywhere")
			}
			sendOne(t, newSMTP(t, portico.SMTPConfig{URL: elsewhere(here), AllowPlain: true}))
			sendOne(t, newSMTP(t, portico.SMTPConfig{URL: here}))
			sendOne(t, newSMTP(t, portico.SMTPConfig{URL: strings.Replace(here, "127.0.0.1", "localhost", 1)}))
			office.wantMail(t, 3)
		})
	}

	t.Run("encrypts where it need not, when the server can", func(t *testing.T) {
		t.Parallel()
		office := &office{}
		url, roots := office.open(t, "smtp")
		sendOne(t, newSMTP(t, portico.SMTPConfig{URL: url, Roots: roots, AllowPlain: true}))
		office.wantMail(t, 1)
		if !office.encrypted.Load() {
			t.Error("it did not")
		}
	})

	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run("does not trust "+scheme+" with a certificate that nobody vouches for, or of somebody else", func(t *testing.T) {
			t.Parallel()
			office := &office{}
			url, roots := office.open(t, scheme)
			wantNotSent(t, newSMTP(t, portico.SMTPConfig{URL: url}))
			wantNotSent(t, newSMTP(t, portico.SMTPConfig{URL: elsewhere(url), Roots: roots}))
			wantNotSent(t, newSMTP(t, portico.SMTPConfig{URL: url, AllowPlain: true}))
			office.wantMail(t, 0)
		})
	}

	t.Run("tells what may work later from what will not, without an address", func(t *testing.T) {
		t.Parallel()
		for _, step := range []string{"mail", "rcpt", "data", "auth"} {
			for code, later := range map[int]bool{421: true, 450: true, 550: false, 554: false} {
				office := &office{failing: step, with: &smtp.SMTPError{
					Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "ann@example.com is not wanted here",
				}}
				url, roots := office.open(t, "smtp")
				url = strings.Replace(url, "://", "://ann:secret@", 1)
				err := try(t, newSMTP(t, portico.SMTPConfig{URL: url, Roots: roots}))
				if err == nil || errors.Is(err, ports.ErrUnavailable) != later {
					t.Errorf("%d to %s: %v", code, step, err)
					continue
				}
				for _, word := range []string{"ann", "secret", "wanted"} {
					if strings.Contains(err.Error(), word) {
						t.Errorf("%d to %s: the error says %q: %v", code, step, word, err)
					}
				}
			}
		}
	})

	t.Run("hangs up when it is not served", func(t *testing.T) {
		t.Parallel()
		office := &office{plain: true}
		url, _ := office.open(t, "smtp")
		for range 5 {
			wantNotSent(t, newSMTP(t, portico.SMTPConfig{URL: elsewhere(url)}))
		}
		for end := time.Now().Add(10 * time.Second); office.customers.Load() > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d connections are still open", office.customers.Load())
			}
		}
	})

	for what, answer := range map[string]string{"silent": "", "gone": "hang up", "angry": "554 go away"} {
		t.Run("has sent what the server took, though that is then "+what, func(t *testing.T) {
			t.Parallel()
			url := script(t, map[string]string{"QUIT": answer})
			start := time.Now()
			sendOne(t, newSMTP(t, portico.SMTPConfig{URL: url}))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}

	for what, answers := range map[string]map[string]string{
		"in the middle":               {"DATA": "hang up"},
		"before it takes the message": {".": "hang up"},
		"at once":                     {"": "hang up"},
		"after it says why":           {"": "421 too busy for ann@example.com"},
	} {
		t.Run("is unavailable where the server hangs up "+what, func(t *testing.T) {
			t.Parallel()
			err := try(t, newSMTP(t, portico.SMTPConfig{URL: script(t, answers)}))
			if !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "ann") {
				t.Errorf("%v, want ErrUnavailable and nobody's address", err)
			}
		})
	}

	for how, leave := range map[string]func(*servers.Line){
		"stopped": (*servers.Line).Cut,
		"silent":  (*servers.Line).HalfOpen,
	} {
		t.Run("is unavailable while the server is "+how, func(t *testing.T) {
			t.Parallel()
			box := servers.SMTP(t)
			line := servers.Proxy(t, box.URL)
			config := portico.SMTPConfig{URL: line.URL, Roots: box.RootCAs}
			hurried := newSMTP(t, config)
			hurried.Hurry(time.Second)
			leave(line)
			start := time.Now()
			wantNotSent(t, hurried)
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
			line.Restore()
			sendOne(t, newSMTP(t, config))
		})
	}

	t.Run("does not wait for a server when nobody waits for it", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		box := servers.SMTP(t)
		line := servers.Proxy(t, box.URL)
		line.HalfOpen()
		sh, b := aBooking(t, "The Tempest")
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		err := newSMTP(t, portico.SMTPConfig{URL: line.URL, Roots: box.RootCAs}).SendTickets(ctx, b, sh, strings.NewReader("pdf"))
		if !errors.Is(err, context.Canceled) || time.Since(start) > 5*time.Second {
			t.Errorf("%v after %s, want Canceled", err, time.Since(start))
		}
	})
}

func TestNewSMTP(t *testing.T) {
	t.Run("refuses what is no address of a mail server, without quoting it", func(t *testing.T) {
		for _, url := range []string{
			"", "mail.example.com", "mail.example.com:587", "http://ann:secret@mail.example.com", "smtp://", "smtp://ann:secret@",
			"smtp://ann:secret@mail.example.com:port", "smtp://ann:secret@mail.example.com:99999", "smtp://ann:secret@mail example.com",
			"smtp://mail.example.com/secret", "smtp://mail.example.com?password=secret", "smtp://secret@mail.example.com",
		} {
			if _, err := portico.NewSMTP(portico.SMTPConfig{URL: url, From: from}); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", url, err)
			}
		}
	})

	t.Run("refuses a sender without an address", func(t *testing.T) {
		for _, sender := range []string{"", "Box office", "tickets@"} {
			if _, err := portico.NewSMTP(portico.SMTPConfig{URL: "smtp://mail.example.com", From: sender}); err == nil {
				t.Errorf("it takes %q", sender)
			}
		}
	})
}

// try sends somebody's tickets.
func try(t *testing.T, s *portico.SMTP) error {
	t.Helper()
	sh, b := aBooking(t, "The Tempest")
	return s.SendTickets(t.Context(), b, sh, strings.NewReader("pdf"))
}

func sendOne(t *testing.T, s *portico.SMTP) {
	t.Helper()
	if err := try(t, s); err != nil {
		t.Error(err)
	}
}

func wantNotSent(t *testing.T, s *portico.SMTP) {
	t.Helper()
	if err := try(t, s); !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v, want ErrUnavailable", err)
	}
}

// office is a mail server of the kind that a test needs.
type office struct {
	plain     bool   // it offers no encryption
	mechanism string // in which to log in; PLAIN unless it says otherwise
	failing   string // the step that fails
	with      error

	customers atomic.Int64 // who are there now
	passwords atomic.Int64 // that it has heard
	mail      atomic.Int64
	encrypted atomic.Bool
}

// open returns the server's URL and who vouches for it.
func (o *office) open(t *testing.T, scheme string) (url string, roots *x509.CertPool) {
	t.Helper()
	authority := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
	authority.Close()
	roots = x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	encryption := &tls.Config{Certificates: authority.TLS.Certificates, MinVersion: tls.VersionTLS12}

	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		o.encrypted.Store(encrypted)
		o.customers.Add(1)
		return &visit{o}, nil
	}))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "localhost", true, quiet{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url = scheme + "://" + listener.Addr().String()
	switch {
	case scheme == "smtps":
		listener = tls.NewListener(listener, encryption)
	case !o.plain:
		server.TLSConfig = encryption
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		listener.Close() // which the server does not know of if it has not begun
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return url, roots
}

// elsewhere is the URL of the same server, by a name that does not tell that it
// is on this machine and that its certificate is not for.
func elsewhere(url string) string { return strings.Replace(url, "127.0.0.1", "0.0.0.0", 1) }

func (o *office) wantMail(t *testing.T, want int64) {
	t.Helper()
	if got := o.mail.Load(); got != want {
		t.Errorf("%d messages have arrived, want %d", got, want)
	}
}

// visit is one connection.
type visit struct{ *office }

func (v *visit) at(step string) error {
	if step == v.failing {
		return v.with
	}
	return nil
}

func (v *visit) AuthMechanisms() []string {
	if v.mechanism != "" {
		return []string{v.mechanism}
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Login {
		return &login{}, nil
	}
	return sasl.NewPlainServer(func(_, _, _ string) error {
		v.passwords.Add(1)
		return v.at("auth")
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error { return v.at("mail") }
func (v *visit) Rcpt(string, *smtp.RcptOptions) error { return v.at("rcpt") }
func (v *visit) Reset()                               {}

func (v *visit) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if err := v.at("data"); err != nil {
		return err
	}
	v.mail.Add(1)
	return nil
}

func (v *visit) Logout() error {
	v.customers.Add(-1)
	return nil
}

// login asks for ann's name and password, as some servers do.
type login struct{ answers []string }

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.answers = append(l.answers, string(response))
	}
	switch len(l.answers) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	if l.answers[0] != "ann" || l.answers[1] != "secret" {
		return nil, false, smtp.ErrAuthFailed
	}
	return nil, true, nil
}

// quiet is a log that nobody reads.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// script is a server without encryption that says what its answers say to a
// verb, to the end of a message (".") and to a connection (""), and else what is
// usual.
func script(t *testing.T, answers map[string]string) (url string) {
	t.Helper()
	says := map[string]string{
		"": "220 localhost", "EHLO": "250 localhost", "MAIL": "250 fine", "RCPT": "250 fine",
		"DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye",
	}
	maps.Copy(says, answers)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				play(conn, says)
			}()
		}
	}()
	return "smtp://" + listener.Addr().String()
}

func play(conn io.ReadWriter, says map[string]string) {
	lines := bufio.NewScanner(conn)
	for verb := ""; says[verb] != "hang up"; {
		if says[verb] != "" {
			fmt.Fprint(conn, says[verb]+"\r\n")
		}
		for inMessage := verb == "DATA"; ; {
			if !lines.Scan() {
				return
			}
			if verb, _, _ = strings.Cut(lines.Text(), " "); verb == "." || !inMessage {
				break
			}
		}
	}
}
