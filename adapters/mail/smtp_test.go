package mail_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/portico/adapters/mail"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
)

func newSMTP(t *testing.T, config mail.SMTPConfig) *mail.SMTP {
	t.Helper()
	s, err := mail.NewSMTP(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSMTP(t *testing.T) {
	t.Parallel()

	t.Run("encrypts the whole connection for smtps", func(t *testing.T) {
		t.Parallel()
		server := &fakeServer{}
		url, roots := server.start(t, "smtps")
		sendOne(t, newSMTP(t, mail.SMTPConfig{URL: url, Roots: roots}))
		server.wantMail(t, 1)
	})

	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run("logs in over "+scheme+" to a server without PLAIN", func(t *testing.T) {
			t.Parallel()
			server := &fakeServer{mechanism: sasl.Login}
			url, roots := server.start(t, scheme)
			sendOne(t, newSMTP(t, mail.SMTPConfig{URL: strings.Replace(url, "://", "://ann:secret@", 1), Roots: roots}))
			server.wantMail(t, 1)
		})
	}

	for _, secret := range []struct{ name, user string }{{"a message", ""}, {"a password", "ann:secret@"}} {
		t.Run("sends "+secret.name+" without encryption to this machine, and elsewhere only if allowed", func(t *testing.T) {
			t.Parallel()
			server := &fakeServer{plain: true}
			url, _ := server.start(t, "smtp")
			here := strings.Replace(url, "://", "://"+secret.user, 1)
			wantNotSent(t, newSMTP(t, mail.SMTPConfig{URL: elsewhere(here)}))
			if mail, passwords := server.mail.Load(), server.passwords.Load(); mail != 0 || passwords != 0 {
				t.Errorf("%d messages and %d passwords were sent, want none", mail, passwords)
			}
			sendOne(t, newSMTP(t, mail.SMTPConfig{URL: elsewhere(here), AllowPlain: true}))
			sendOne(t, newSMTP(t, mail.SMTPConfig{URL: here}))
			sendOne(t, newSMTP(t, mail.SMTPConfig{URL: strings.Replace(here, "127.0.0.1", "localhost", 1)}))
			server.wantMail(t, 3)
		})
	}

	t.Run("encrypts even with AllowPlain if the server supports encryption", func(t *testing.T) {
		t.Parallel()
		server := &fakeServer{}
		url, roots := server.start(t, "smtp")
		sendOne(t, newSMTP(t, mail.SMTPConfig{URL: url, Roots: roots, AllowPlain: true}))
		server.wantMail(t, 1)
		if !server.encrypted.Load() {
			t.Error("the connection was not encrypted, want it encrypted")
		}
	})

	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run("sends nothing over "+scheme+" if the certificate is from an unknown authority or for another name", func(t *testing.T) {
			t.Parallel()
			server := &fakeServer{}
			url, roots := server.start(t, scheme)
			wantNotSent(t, newSMTP(t, mail.SMTPConfig{URL: url}))
			wantNotSent(t, newSMTP(t, mail.SMTPConfig{URL: elsewhere(url), Roots: roots}))
			wantNotSent(t, newSMTP(t, mail.SMTPConfig{URL: url, AllowPlain: true}))
			server.wantMail(t, 0)
		})
	}

	t.Run("distinguishes temporary from permanent refusals, without quoting an address", func(t *testing.T) {
		t.Parallel()
		for _, step := range []struct {
			name         string
			aboutMessage bool // otherwise the refusal concerns the sender
		}{{"mail", false}, {"rcpt", true}, {"data", true}, {"auth", false}} {
			for _, code := range []int{421, 450, 550, 554} {
				server := &fakeServer{failing: step.name, with: &smtp.SMTPError{
					Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 7, 1}, Message: "ann@example.com is not wanted here",
				}}
				url, roots := server.start(t, "smtp")
				url = strings.Replace(url, "://", "://ann:secret@", 1)
				err := newSMTP(t, mail.SMTPConfig{URL: url, Roots: roots}).Send(t.Context(), newMessage())
				unavailable, permanent := code < 500, code >= 500 && step.aboutMessage
				if err == nil || errors.Is(err, ports.ErrUnavailable) != unavailable || errors.Is(err, platform.ErrPermanent) != permanent {
					t.Errorf("%d to %s: error %v, want ErrUnavailable: %t, ErrPermanent: %t", code, step.name, err, unavailable, permanent)
					continue
				}
				for _, word := range []string{"ann", "secret", "wanted"} {
					if strings.Contains(err.Error(), word) {
						t.Errorf("%d to %s: error %v, want it without %q", code, step.name, err, word)
					}
				}
			}
		}
	})

	t.Run("closes the connection after a failure", func(t *testing.T) {
		t.Parallel()
		server := &fakeServer{plain: true}
		url, _ := server.start(t, "smtp")
		for range 5 {
			wantNotSent(t, newSMTP(t, mail.SMTPConfig{URL: elsewhere(url)}))
		}
		for end := time.Now().Add(10 * time.Second); server.connections.Load() > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d connections are open, want none", server.connections.Load())
			}
		}
	})

	for _, quit := range []struct{ name, reply string }{{"is silent", ""}, {"hangs up", "hang up"}, {"refuses", "554 go away"}} {
		t.Run("succeeds after the message is accepted, even if the server "+quit.name+" at QUIT", func(t *testing.T) {
			t.Parallel()
			url := script(t, map[string]string{"QUIT": quit.reply})
			start := time.Now()
			sendOne(t, newSMTP(t, mail.SMTPConfig{URL: url}))
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s, want less", took)
			}
		})
	}

	for _, hangUp := range []struct {
		name    string
		answers map[string]string
	}{
		{"before the message", map[string]string{"DATA": "hang up"}},
		{"before it accepts the message", map[string]string{".": "hang up"}},
		{"at once", map[string]string{"": "hang up"}},
		{"with a reason", map[string]string{"": "421 too busy for ann@example.com"}},
	} {
		t.Run("returns ErrUnavailable if the server hangs up "+hangUp.name, func(t *testing.T) {
			t.Parallel()
			err := newSMTP(t, mail.SMTPConfig{URL: script(t, hangUp.answers)}).Send(t.Context(), newMessage())
			if !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "ann") {
				t.Errorf("error %v, want ErrUnavailable without an address", err)
			}
		})
	}

	for _, outage := range []struct {
		name  string
		begin func(*servers.Line)
	}{{"stopped", (*servers.Line).Cut}, {"silent", (*servers.Line).HalfOpen}} {
		t.Run("returns ErrUnavailable while the server is "+outage.name, func(t *testing.T) {
			t.Parallel()
			box := servers.SMTP(t)
			line := servers.Proxy(t, box.URL)
			config := mail.SMTPConfig{URL: line.URL, Roots: box.RootCAs}
			impatient := newSMTP(t, config)
			impatient.SetTimeout(time.Second)
			outage.begin(line)
			start := time.Now()
			wantNotSent(t, impatient)
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %s, want less", took)
			}
			line.Restore()
			sendOne(t, newSMTP(t, config))
		})
	}

	t.Run("stops when its context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		box := servers.SMTP(t)
		line := servers.Proxy(t, box.URL)
		line.HalfOpen()
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		err := newSMTP(t, mail.SMTPConfig{URL: line.URL, Roots: box.RootCAs}).Send(ctx, newMessage())
		if !errors.Is(err, context.Canceled) || time.Since(start) > 5*time.Second {
			t.Errorf("error %v after %s, want Canceled within 5s", err, time.Since(start))
		}
	})
}

func TestNewSMTP(t *testing.T) {
	t.Run("refuses an invalid address without quoting it", func(t *testing.T) {
		for _, url := range []string{
			"", "mail.example.com", "mail.example.com:587", "http://ann:secret@mail.example.com", "smtp://", "smtp://ann:secret@",
			"smtp://ann:secret@mail.example.com:port", "smtp://ann:secret@mail.example.com:99999", "smtp://ann:secret@mail example.com",
			"smtp://mail.example.com/secret", "smtp://mail.example.com?password=secret", "smtp://secret@mail.example.com",
		} {
			if _, err := mail.NewSMTP(mail.SMTPConfig{URL: url}); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: error %v, want one without the password", url, err)
			}
		}
	})
}

func sendOne(t *testing.T, s *mail.SMTP) {
	t.Helper()
	if err := s.Send(t.Context(), newMessage()); err != nil {
		t.Error(err)
	}
}

func wantNotSent(t *testing.T, s *mail.SMTP) {
	t.Helper()
	if err := s.Send(t.Context(), newMessage()); !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want ErrUnavailable without the password", err)
	}
}

// fakeServer is a mail server that can fail at a given step.
type fakeServer struct {
	plain     bool   // without encryption
	mechanism string // for authentication; PLAIN if empty
	failing   string // the step that fails
	with      error

	connections atomic.Int64 // open ones
	passwords   atomic.Int64 // received
	mail        atomic.Int64 // received
	encrypted   atomic.Bool
}

// start starts the server and returns its URL and certificate authority.
func (o *fakeServer) start(t *testing.T, scheme string) (url string, roots *x509.CertPool) {
	t.Helper()
	authority := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	authority.Close()
	roots = x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	encryption := &tls.Config{Certificates: authority.TLS.Certificates, MinVersion: tls.VersionTLS12}

	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		o.encrypted.Store(encrypted)
		o.connections.Add(1)
		return &session{o}, nil
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
		listener.Close() // in case server.Close ran before Serve
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return url, roots
}

// elsewhere returns a URL of the same server with another host. This host does not count
// as local, and the server's certificate does not include it.
func elsewhere(url string) string { return strings.Replace(url, "127.0.0.1", "0.0.0.0", 1) }

func (o *fakeServer) wantMail(t *testing.T, want int64) {
	t.Helper()
	if got := o.mail.Load(); got != want {
		t.Errorf("%d messages were received, want %d", got, want)
	}
}

// session is one client's connection.
type session struct{ *fakeServer }

func (v *session) at(step string) error {
	if step == v.failing {
		return v.with
	}
	return nil
}

func (v *session) AuthMechanisms() []string {
	if v.mechanism != "" {
		return []string{v.mechanism}
	}
	return []string{sasl.Plain}
}

func (v *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Login {
		return &login{}, nil
	}
	return sasl.NewPlainServer(func(_, _, _ string) error {
		v.passwords.Add(1)
		return v.at("auth")
	}), nil
}

func (v *session) Mail(string, *smtp.MailOptions) error { return v.at("mail") }
func (v *session) Rcpt(string, *smtp.RcptOptions) error { return v.at("rcpt") }
func (v *session) Reset()                               {}

func (v *session) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if err := v.at("data"); err != nil {
		return err
	}
	v.mail.Add(1)
	return nil
}

func (v *session) Logout() error {
	v.connections.Add(-1)
	return nil
}

// login implements the LOGIN mechanism for the user ann.
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

// quiet discards log lines.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// script starts a server without encryption. The parameter answers overrides the server's
// replies. Each key is a verb, "." for the end of a message, or "" for a new connection.
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
