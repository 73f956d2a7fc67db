package servers_test

import (
	"crypto/tls"
	"net/smtp"
	"strings"
	"testing"

	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

func TestSMTP(t *testing.T) {
	t.Parallel()
	auth := smtp.PlainAuth("", "tests", "tests", "127.0.0.1")
	t.Run("accepts mail over TLS from authenticated clients", func(t *testing.T) {
		t.Parallel()
		box := servers.SMTP(t)
		c := dialSMTP(t, box)
		testkit.Must(t, c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: box.RootCAs}))
		testkit.Must(t, c.Auth(auth))
		testkit.Must(t, send(c, "Subject: Tickets\r\n\r\nHere they are.\r\n"))
		got := box.Mail()
		if len(got) != 1 || got[0].From != "box@office.example" || strings.Join(got[0].To, " ") != "ada@example.com" ||
			!strings.HasPrefix(string(got[0].Data), "Subject: Tickets\r\n") {
			t.Errorf("got %+v, want the one mail that was sent", got)
		}
	})
	t.Run("refuses clients without authentication", func(t *testing.T) {
		t.Parallel()
		box := servers.SMTP(t)
		c := dialSMTP(t, box)
		testkit.Must(t, c.StartTLS(&tls.Config{ServerName: "127.0.0.1", RootCAs: box.RootCAs}))
		if err := send(c, "\r\n"); err == nil {
			t.Error("mail without authentication was taken, want it refused")
		}
		if err := c.Auth(smtp.PlainAuth("", "tests", "wrong", "127.0.0.1")); err == nil {
			t.Error("a wrong password was accepted, want it refused")
		}
	})
	t.Run("refuses a password without TLS", func(t *testing.T) {
		t.Parallel()
		c := dialSMTP(t, servers.SMTP(t))
		if offered, _ := c.Extension("STARTTLS"); !offered {
			t.Error("STARTTLS is not offered, want that it is")
		}
		if err := c.Auth(auth); err == nil {
			t.Error("a password in plain text was accepted, want it refused")
		}
	})
	t.Run("has a certificate that clients reject without its CA", func(t *testing.T) {
		t.Parallel()
		c := dialSMTP(t, servers.SMTP(t))
		if err := c.StartTLS(&tls.Config{ServerName: "127.0.0.1"}); err == nil {
			t.Error("the certificate is trusted without its CA, want an error")
		}
	})
}

func dialSMTP(t *testing.T, box *servers.Mailbox) *smtp.Client {
	t.Helper()
	c, err := smtp.Dial(host(t, box.URL))
	testkit.Must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func send(c *smtp.Client, message string) error {
	if err := c.Mail("box@office.example"); err != nil {
		return err
	}
	if err := c.Rcpt("ada@example.com"); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(message)); err != nil {
		return err
	}
	return w.Close()
}
