package boxoffice_test

import (
	"io"
	"strings"
	"testing"

	"example.com/portico/adapters/mail/ticketmail"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap/boxoffice"
	"example.com/portico/bootstrap/config"
	"example.com/portico/tests/testkit"
)

func TestNew(t *testing.T) {
	t.Run("names the parts that are missing", func(t *testing.T) {
		tel, err := telemetry.New(io.Discard, "info")
		testkit.Must(t, err)
		t.Cleanup(tel.Close)
		var none *ticketmail.Notifier
		_, _, err = boxoffice.New(boxoffice.Parts{Notifier: none, Committed: make(chan struct{})}, config.Config{}, tel)
		const want = "without Shows, Bookings, Tickets, Inbox, Audit, UnitOfWork, SeatMaps, Notifier, " +
			"Objects, Outbox, Publisher, Subscriber, Locker, Tokens, Limiter, Clock"
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got error %v, want one that ends in %q", err, want)
		}
	})
}
