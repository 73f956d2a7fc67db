package ticket_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/event"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

const code ticket.Code = "0123456789ABCDEFGHJKMNPQRS"

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	curtain = time.Date(2031, time.May, 4, 19, 30, 0, 0, time.UTC)
)

func TestIssue(t *testing.T) {
	t.Run("issues a valid ticket for a seat of a confirmed booking", func(t *testing.T) {
		sh, b := confirmed(t)
		got, err := ticket.Issue(code, sh, b, "A-1", noon)
		wantNoError(t, err)
		wantSnapshot(t, got, ticket.Snapshot{
			Code: code, Booking: "b1", Show: "s1", Organisation: "globe", Seat: "A-1", Status: ticket.StatusValid, IssuedAt: noon,
		})
		wantEvents(t, got, ticket.Issued{Booking: "b1", Show: "s1", Seat: "A-1", At: noon})
	})
	t.Run("rejects a seat that is not in the booking", func(t *testing.T) {
		sh, b := confirmed(t)
		if _, err := ticket.Issue(code, sh, b, "Z-9", noon); err == nil {
			t.Error("Issue accepted seat Z-9")
		}
	})
	t.Run("rejects a cancelled booking", func(t *testing.T) {
		sh, b := confirmed(t)
		wantNoError(t, b.Cancel(curtain, noon))
		if _, err := ticket.Issue(code, sh, b, "A-1", noon); !errors.Is(err, booking.ErrNotConfirmed) {
			t.Errorf("error %v, want %v", err, booking.ErrNotConfirmed)
		}
	})
}

func TestAdmit(t *testing.T) {
	t.Run("marks the ticket as used", func(t *testing.T) {
		one := valid(t)
		wantNoError(t, one.Admit(curtain))
		if one.Status() != ticket.StatusUsed || one.AdmittedAt() != curtain {
			t.Errorf("got %+v", one.Snapshot())
		}
		wantEvents(t, one, ticket.Admitted{Booking: "b1", Show: "s1", Seat: "A-1", At: curtain})
	})
	t.Run("rejects a used ticket and returns the time of admission", func(t *testing.T) {
		one := used(t)
		wantRefused(t, one, func() error {
			err := one.Admit(curtain.Add(time.Hour))
			wantAlreadyAdmitted(t, err)
			return err
		})
	})
	t.Run("rejects a void ticket", func(t *testing.T) {
		one := void(t)
		wantRefused(t, one, func() error {
			err := one.Admit(curtain)
			if !errors.Is(err, ticket.ErrVoid) {
				t.Errorf("error %v, want %v", err, ticket.ErrVoid)
			}
			return err
		})
	})
}

func TestCancel(t *testing.T) {
	t.Run("marks the ticket as void", func(t *testing.T) {
		one := valid(t)
		wantNoError(t, one.Cancel(noon))
		if one.Status() != ticket.StatusVoid || !one.AdmittedAt().IsZero() {
			t.Errorf("got %+v", one.Snapshot())
		}
		wantEvents(t, one, ticket.Voided{Booking: "b1", Show: "s1", Seat: "A-1", At: noon})
	})
	t.Run("leaves a void ticket unchanged", func(t *testing.T) {
		one := void(t)
		before := one.Snapshot()
		wantNoError(t, one.Cancel(noon))
		wantSnapshot(t, one, before)
		wantEvents(t, one)
	})
	t.Run("rejects a used ticket", func(t *testing.T) {
		one := used(t)
		wantRefused(t, one, func() error {
			err := one.Cancel(noon)
			wantAlreadyAdmitted(t, err)
			return err
		})
	})
}

func TestParseCode(t *testing.T) {
	for _, typed := range []string{
		string(code), strings.ToLower(string(code)), "0123-4567-89AB-CDEF-GHJK-MNPQ-RS", " 0123 4567 89ab cdef ghjk mnpq rs ",
	} {
		if got := ticket.ParseCode(typed); got != code {
			t.Errorf("ParseCode(%q) = %q, want %q", typed, got, code)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for _, s := range []ticket.Status{ticket.StatusValid, ticket.StatusUsed, ticket.StatusVoid} {
		if got, err := ticket.ParseStatus(s.String()); err != nil || got != s {
			t.Errorf("ParseStatus(%q) = %q, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "Valid", "new"} {
		if got, err := ticket.ParseStatus(name); err == nil {
			t.Errorf("ParseStatus(%q) = %q, want an error", name, got)
		}
	}
}

func TestRehydrate(t *testing.T) {
	t.Run("restores a ticket with its times in UTC and without events", func(t *testing.T) {
		for _, one := range []*ticket.Ticket{valid(t), used(t), void(t)} {
			want := one.Snapshot()
			stored := want
			stored.IssuedAt = want.IssuedAt.In(time.FixedZone("", 3600))
			stored.AdmittedAt = want.AdmittedAt.In(time.FixedZone("", 3600))
			again, err := ticket.Rehydrate(stored)
			wantNoError(t, err)
			wantSnapshot(t, again, want)
			wantEvents(t, again)
		}
	})
	t.Run("rejects an incomplete snapshot without disclosing the code", func(t *testing.T) {
		for name, spoil := range map[string]func(*ticket.Snapshot){
			"code":    func(v *ticket.Snapshot) { v.Code = "" },
			"booking": func(v *ticket.Snapshot) { v.Booking = "" },
			"show":    func(v *ticket.Snapshot) { v.Show = "" },
			"seat":    func(v *ticket.Snapshot) { v.Seat = "" },
			"status":  func(v *ticket.Snapshot) { v.Status = ticket.Status{} },
		} {
			stored := valid(t).Snapshot()
			spoil(&stored)
			if _, err := ticket.Rehydrate(stored); err == nil || strings.Contains(err.Error(), string(code)) {
				t.Errorf("without %s: error %v", name, err)
			}
		}
	})
}

// TestAnySequence admits and cancels a ticket in random order. The ticket must be
// admitted at most once and never after it becomes void. No event may disclose the
// ticket's code.
func TestAnySequence(t *testing.T) {
	sh, b := confirmed(t)
	rapid.Check(t, func(t *rapid.T) {
		one, err := ticket.Issue(code, sh, b, "A-1", noon)
		if err != nil {
			t.Fatal(err)
		}
		now := noon
		t.Repeat(map[string]func(*rapid.T){
			"admit":  func(*rapid.T) { _ = one.Admit(now) },
			"cancel": func(*rapid.T) { _ = one.Cancel(now) },
			"wait":   func(*rapid.T) { now = now.Add(time.Minute) },
			"": func(t *rapid.T) {
				var names []string
				for _, e := range one.Events() {
					names = append(names, e.EventType())
				}
				want := map[ticket.Status]string{
					ticket.StatusValid: "[ticket.issued]",
					ticket.StatusUsed:  "[ticket.issued ticket.admitted]",
					ticket.StatusVoid:  "[ticket.issued ticket.voided]",
				}[one.Status()]
				if got := fmt.Sprint(names); got != want {
					t.Errorf("status %s after %s, want the events %s", one.Status(), got, want)
				}
				if (one.Status() == ticket.StatusUsed) == one.AdmittedAt().IsZero() {
					t.Errorf("status %s, admitted at %s", one.Status(), one.AdmittedAt())
				}
				if strings.Contains(fmt.Sprintf("%+v", one.Events()), string(code)) {
					t.Error("an event discloses the code")
				}
			},
		})
	})
}

func confirmed(t *testing.T) (*show.Show, *booking.Booking) {
	t.Helper()
	sh, err := show.New("s1", actor.Staff{ID: "will", Organisation: "globe"}, show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: curtain, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}}, Rows: []show.Row{{Name: "A", Seats: 2, Tier: "stalls"}},
	}, noon)
	wantNoError(t, err)
	wantNoError(t, sh.Open(noon))
	b, err := booking.Hold("b1", sh, actor.Person{ID: "ann"}, []show.Label{"A-1", "A-2"}, noon, time.Minute)
	wantNoError(t, err)
	wantNoError(t, b.RequestPayment("tok", noon))
	wantNoError(t, b.Confirm(booking.Charge{Key: b.ChargeKey(), Amount: b.Total()}, noon))
	return sh, b
}

// The functions valid, used and void return a ticket for seat A-1 without events, as a
// store does.

func valid(t *testing.T) *ticket.Ticket {
	t.Helper()
	sh, b := confirmed(t)
	one, err := ticket.Issue(code, sh, b, "A-1", noon)
	wantNoError(t, err)
	return loaded(t, one)
}

func used(t *testing.T) *ticket.Ticket {
	t.Helper()
	one := valid(t)
	wantNoError(t, one.Admit(curtain))
	return loaded(t, one)
}

func void(t *testing.T) *ticket.Ticket {
	t.Helper()
	one := valid(t)
	wantNoError(t, one.Cancel(noon))
	return loaded(t, one)
}

func loaded(t *testing.T, one *ticket.Ticket) *ticket.Ticket {
	t.Helper()
	one, err := ticket.Rehydrate(one.Snapshot())
	wantNoError(t, err)
	return one
}

func wantNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantSnapshot(t *testing.T, one *ticket.Ticket, want ticket.Snapshot) {
	t.Helper()
	if got := one.Snapshot(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func wantEvents(t *testing.T, one *ticket.Ticket, want ...event.Event) {
	t.Helper()
	if diff := cmp.Diff(want, one.Events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func wantAlreadyAdmitted(t *testing.T, err error) {
	t.Helper()
	var already *ticket.AlreadyAdmittedError
	if !errors.As(err, &already) || already.At != curtain || already.Error() != "ticket: already admitted at 2031-05-04T19:30:00Z" {
		t.Errorf("got %v", err)
	}
}

// wantRefused checks that do() returns an error and changes nothing.
func wantRefused(t *testing.T, one *ticket.Ticket, do func() error) {
	t.Helper()
	before := one.Snapshot()
	if do() == nil {
		t.Error("no error")
	}
	wantSnapshot(t, one, before)
	wantEvents(t, one)
}
