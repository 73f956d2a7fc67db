package timezone_test

import (
	"testing"
	"time"

	"example.com/portico/adapters/internal/timezone"
)

func TestLoad(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "America/Port-au-Prince", "EST5EDT"} {
		t.Run("always returns the same pointer for "+name, func(t *testing.T) {
			first, err := timezone.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			again, err := timezone.Load(name)
			if err != nil || first != again || first.String() != name {
				t.Errorf("got %p %v, then %p, %v, want the same zone twice", first, first, again, err)
			}
		})
	}

	t.Run("returns UTC for an empty name", func(t *testing.T) {
		if got, err := timezone.Load(""); got != time.UTC || err != nil {
			t.Errorf("got %v, %v, want UTC", got, err)
		}
	})

	for _, name := range []string{
		"Local", "localtime", "Europe/Atlantis", "europe/london", "right/Europe/London", "posix/UTC",
		"Europe//London", "Europe/./London", "Europe/../UTC", "../etc/passwd", "/etc/localtime", "+02:00", " UTC", "UTC\n",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			if got, err := timezone.Load(name); err == nil {
				t.Errorf("got %v, want an error", got)
			}
		})
	}
}
