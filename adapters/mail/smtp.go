package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
)

// SMTPConfig says where the mail server is, and how far to trust the way there.
type SMTPConfig struct {
	// URL is smtp://user:password@host:587, where encryption begins with
	// STARTTLS, or smtps://user:password@host:465, where it is there from the
	// start. Ports may be left out; so may the user, with the password.
	URL string
	// From is "Box office <tickets@example.com>".
	From string
	// Roots vouch for the server; nil for those of the system.
	Roots *x509.CertPool
	// AllowPlain sends without encryption, and the password too, to a server
	// that offers none. A server on this machine needs no permission.
	AllowPlain bool
}

// SMTP hands messages to a mail server, each over a connection of its own.
type SMTP struct {
	from    *mail.Address
	host    string
	options []gomail.Option
	within  time.Duration // it may take to send a message, from the connection on
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	sendWithin = 20 * time.Second
	partWithin = time.Second
)

// NewSMTP does not connect yet.
func NewSMTP(config SMTPConfig) (*SMTP, error) {
	from, err := mail.ParseAddress(config.From)
	if err != nil {
		return nil, fmt.Errorf("the sender's address %q: %w", config.From, err)
	}
	u, err := url.Parse(config.URL) // its error would quote a password
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" {
		return nil, errors.New("mail server: the address is no URL such as smtp://user:password@host:587")
	}
	encryption := &tls.Config{ServerName: u.Hostname(), RootCAs: config.Roots, MinVersion: tls.VersionTLS12}
	s := &SMTP{from: from, host: u.Hostname(), within: sendWithin, dial: new(net.Dialer).DialContext}
	policy, port := gomail.TLSMandatory, gomail.DefaultPortTLS
	logins := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	switch u.Scheme {
	case "smtp":
		if config.AllowPlain || isHere(u.Hostname()) {
			policy = gomail.TLSOpportunistic
			logins = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
		}
	case "smtps":
		policy, port = gomail.NoTLS, gomail.DefaultPortSSL
		s.dial = (&tls.Dialer{Config: encryption}).DialContext
	default:
		return nil, errors.New("mail server: the address begins neither with smtp:// nor with smtps://")
	}
	if port, err = strconv.Atoi(cmp.Or(u.Port(), strconv.Itoa(port))); err != nil {
		return nil, errors.New("mail server: the port is no number")
	}
	s.options = []gomail.Option{
		gomail.WithPort(port), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(encryption),
		gomail.WithoutNoop(), gomail.WithoutRset(), // a connection is new, and not used again
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

// isHere tells whether what is sent to a host never leaves this machine.
func isHere(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// SendTickets is as outbound.Notifier says. It fails, without ErrUnavailable,
// when the server refuses the message for good.
func (s *SMTP) SendTickets(ctx context.Context, b *booking.Booking, sh *show.Show, pdf io.Reader) error {
	message, err := newMessage(s.from, b, sh, pdf)
	if err != nil {
		return err
	}
	err = s.send(ctx, message)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("mail server: tickets of booking %s: %w", b.ID(), withoutAddresses(err))
	}
}

func (s *SMTP) send(ctx context.Context, message *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := s.dial(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() }) // at the latest when send returns
		}
		return conn, err
	}
	client, err := gomail.NewClient(s.host, slices.Concat(s.options, []gomail.Option{gomail.WithTimeout(s.within), gomail.WithDialContextFunc(dial)})...)
	if err != nil {
		return err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(session, message); err != nil {
		return err
	}
	// The server has taken the message, whatever it says to a farewell.
	_ = session.UpdateDeadline(partWithin)
	_ = session.Quit()
	return nil
}

// withoutAddresses tells what went wrong by codes alone where it was the server
// that said so: its words are likely to repeat who the message is for.
func withoutAddresses(err error) error {
	var code int
	said := err.Error()
	if failure, ok := errors.AsType[*gomail.SendError](err); ok {
		code, said = failure.ErrorCode(), fmt.Sprintf("%s: %d %s", failure.Reason, failure.ErrorCode(), failure.EnhancedStatusCode())
	} else if reply, ok := errors.AsType[*textproto.Error](err); ok {
		code, said = reply.Code, fmt.Sprintf("it answered %d", reply.Code)
	}
	if code >= 500 {
		return fmt.Errorf("refused for good: %s", said)
	}
	return fmt.Errorf("%w: %s", ports.ErrUnavailable, said)
}
