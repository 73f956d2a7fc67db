package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// SMTPConfig describes a mail server and how to connect to it.
type SMTPConfig struct {
	// URL is smtp://user:password@host:587 for STARTTLS, or
	// smtps://user:password@host:465 to encrypt the whole connection. The port and
	// user:password are optional.
	URL string
	// Roots are the trusted certificate authorities. If Roots is nil, those of the system
	// are trusted.
	Roots *x509.CertPool
	// AllowPlain permits unencrypted messages and passwords if the server offers no
	// encryption. A server on this machine does not need AllowPlain.
	AllowPlain bool
}

var _ Sender = (*SMTP)(nil)

// SMTP sends each message to a mail server over a new connection.
type SMTP struct {
	host    string
	options []gomail.Option
	timeout time.Duration // for one message, including the connection
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	sendTimeout = 20 * time.Second
	quitTimeout = time.Second
)

// NewSMTP checks the configuration, but does not connect.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	u, err := url.Parse(config.URL) // the error may quote a password
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" {
		return nil, errors.New("mail server: the address is not a URL such as smtp://user:password@host:587")
	}
	encryption := &tls.Config{ServerName: u.Hostname(), RootCAs: config.Roots, MinVersion: tls.VersionTLS12}
	s := &SMTP{host: u.Hostname(), timeout: sendTimeout, dial: new(net.Dialer).DialContext}
	policy, port := gomail.TLSMandatory, gomail.DefaultPortTLS
	logins := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	switch u.Scheme {
	case "smtp":
		if config.AllowPlain || isLocal(u.Hostname()) {
			policy = gomail.TLSOpportunistic
			logins = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
		}
	case "smtps":
		policy, port = gomail.NoTLS, gomail.DefaultPortSSL
		s.dial = (&tls.Dialer{Config: encryption}).DialContext
	default:
		return nil, errors.New("mail server: the address must begin with smtp:// or smtps://")
	}
	if port, err = strconv.Atoi(cmp.Or(u.Port(), strconv.Itoa(port))); err != nil {
		return nil, errors.New("mail server: the port is not a number")
	}
	s.options = []gomail.Option{
		gomail.WithPort(port), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(encryption),
		gomail.WithoutNoop(), gomail.WithoutRset(), // each connection sends one message
	}
	if u.User != nil {
		password, ok := u.User.Password()
		if !ok {
			return nil, errors.New("mail server: the address has a user without a password")
		}
		s.options = append(s.options, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password),
			gomail.WithOpportunisticSMTPAuth(logins...))
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	return s, nil
}

// isLocal reports whether host is localhost or a loopback address.
func isLocal(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := compose(m)
	if err != nil {
		return err
	}
	err = s.deliver(ctx, msg)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("mail server: %w", mapError(err))
	}
}

func (s *SMTP) deliver(ctx context.Context, msg *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() }) // ctx ends when deliver returns, or earlier
		}
		return conn, err
	}
	client, err := gomail.NewClient(s.host, slices.Concat(s.options, []gomail.Option{gomail.WithTimeout(s.timeout), gomail.WithDialContextFunc(dial)})...)
	if err != nil {
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(session, msg); err != nil {
		return err
	}
	// The server has accepted the message, so its reply to QUIT does not matter.
	_ = session.UpdateDeadline(quitTimeout)
	_ = session.Quit()
	return nil
}

// mapError translates an error of the library. It keeps only the codes of a server's
// reply, because the text may repeat the recipient's address.
func mapError(err error) error {
	var code int
	aboutMessage := false
	detail := err.Error()
	if failure, ok := errors.AsType[*gomail.SendError](err); ok {
		code, detail = failure.ErrorCode(), fmt.Sprintf("%s: %d %s", failure.Reason, failure.ErrorCode(), failure.EnhancedStatusCode())
		switch failure.Reason {
		case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
			aboutMessage = true
		}
	} else if reply, ok := errors.AsType[*textproto.Error](err); ok {
		code, detail = reply.Code, fmt.Sprintf("it replied %d", reply.Code)
	}
	switch {
	case code < 500:
		return fmt.Errorf("%w: %s", ports.ErrUnavailable, detail)
	case aboutMessage:
		return fmt.Errorf("%w: %s", platform.ErrPermanent, detail)
	default: // a wrong password or sender concerns all messages, and an operator can correct it
		return fmt.Errorf("refused: %s", detail)
	}
}
