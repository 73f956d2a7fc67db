package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/api/client"
)

// TestAPoisonedEventIsKeptAndReplayed lets nothing be written into the folder
// of mails until somebody looks.
func TestAPoisonedEventIsKeptAndReplayed(t *testing.T) {
	t.Parallel()
	box := open(t, "PORTICO_EVENT_ATTEMPTS=2")
	show := box.organiser().openedShow(newShow())
	ada := box.customer("ada@example.com")
	mails := filepath.Join(box.dataDir, "mail")
	if err := os.RemoveAll(mails); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mails, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}

	poisoned := ada.bought(show.ID, "A-1")
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
	if other := ada.bought(show.ID, "A-2"); other.Status != client.BookingStatusConfirmed {
		t.Errorf("another booking is %s", other.Status)
	}

	if err := os.Remove(mails); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mails, 0o700); err != nil {
		t.Fatal(err)
	}
	box.printed("deadletters", "replay", letter[0])
	eventually(t, 20*time.Second, "the mail after the replay", func() bool {
		sent, _ := filepath.Glob(filepath.Join(mails, "*"+poisoned.ID+"*.eml"))
		return len(sent) == 1
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
