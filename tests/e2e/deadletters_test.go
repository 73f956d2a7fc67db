package e2e

import (
	"strings"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// TestAFailingEventBecomesADeadLetterAndIsReplayed makes the mail of one booking fail
// until the booking's event is a dead letter. Then it replays the event.
func TestAFailingEventBecomesADeadLetterAndIsReplayed(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_EVENT_ATTEMPTS=2")
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		failing := ada.hold(show.ID, "A-1")
		restore := box.FailMail(t, failing.ID)
		ada.pay(failing.ID, "tok_ok")

		var letter []string
		harness.Eventually(t, 20*time.Second, "a dead letter", func() bool {
			listed := box.Run("deadletters", "list")
			letter = strings.Split(strings.TrimSpace(listed), "\t")
			return listed != ""
		})
		if len(letter) != 6 || letter[1] != "notify-customer" || letter[2] != "booking.ticketed" || letter[3] != "2" || letter[5] == "" {
			t.Errorf("the dead letter is listed as %q, want six fields with notify-customer, booking.ticketed, 2 attempts and a reason", letter)
		}
		if shown := box.Run("deadletters", "show", letter[0]); !strings.Contains(shown, failing.ID) || !strings.Contains(shown, `"reason"`) {
			t.Errorf("the dead letter is shown as %s, want its booking %s and a reason", shown, failing.ID)
		}
		other := ada.bought(show.ID, "A-2")
		if other.Status != client.BookingStatusConfirmed {
			t.Errorf("the other booking is %s, want %s", other.Status, client.BookingStatusConfirmed)
		}
		harness.Eventually(t, 20*time.Second, "the mail of the other booking", func() bool { return box.Mails(other.ID) == 1 })
		if n := box.Mails(failing.ID); n != 0 {
			t.Errorf("%d mails of the failing booking, want none", n)
		}

		restore()
		box.Run("deadletters", "replay", letter[0])
		harness.Eventually(t, 20*time.Second, "the mail after the replay", func() bool { return box.Mails(failing.ID) == 1 })
		if left := box.Run("deadletters", "list"); left != "" {
			t.Errorf("dead letters %s after the replay, want none", left)
		}
	})
}
