package e2e

import (
	"strings"
	"testing"
	"time"

	"example.com/portico/api/client"
)

// TestAPoisonedEventIsKeptAndReplayed makes one booking's mail fail until
// somebody looks.
func TestAPoisonedEventIsKeptAndReplayed(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_EVENT_ATTEMPTS=2")
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		poisoned := ada.hold(show.ID, "A-1")
		heal := box.poison(t, poisoned.ID)
		ada.pay(poisoned.ID, "tok_ok")

		var letter []string
		eventually(t, 20*time.Second, "a dead letter", func() bool {
			listed := box.printed("deadletters", "list")
			letter = strings.Split(strings.TrimSpace(listed), "\t")
			return listed != ""
		})
		if len(letter) != 6 || letter[1] != "notify-customer" || letter[2] != "booking.ticketed" || letter[3] != "2" || letter[5] == "" {
			t.Errorf("the letter is listed as %q", letter)
		}
		if shown := box.printed("deadletters", "show", letter[0]); !strings.Contains(shown, poisoned.ID) || !strings.Contains(shown, `"reason"`) {
			t.Errorf("the letter is shown as %s", shown)
		}
		other := ada.bought(show.ID, "A-2")
		if other.Status != client.BookingStatusConfirmed {
			t.Errorf("another booking is %s", other.Status)
		}
		eventually(t, 20*time.Second, "the mail of the other booking", func() bool { return box.mails(other.ID) == 1 })
		if n := box.mails(poisoned.ID); n != 0 {
			t.Errorf("%d mails of the poisoned one", n)
		}

		heal()
		box.printed("deadletters", "replay", letter[0])
		eventually(t, 20*time.Second, "the mail after the replay", func() bool { return box.mails(poisoned.ID) == 1 })
		if left := box.printed("deadletters", "list"); left != "" {
			t.Errorf("dead letters are left: %s", left)
		}
	})
}

// printed runs a command and returns what it prints on stdout.
func (b *boxOffice) printed(args ...string) string {
	b.t.Helper()
	out, err := b.command(args...).Output()
	if err != nil {
		b.t.Fatalf("%v: %v", args, err)
	}
	return string(out)
}
