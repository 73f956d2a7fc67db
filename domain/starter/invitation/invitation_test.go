package invitation_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/starter/invitation"
)

const validFor = 7 * 24 * time.Hour

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	expires = noon.Add(validFor)
	mia     = actor.Staff{ID: "mia", Organisation: "globe"}
	gus     = actor.Person{ID: "gus", Email: "gus@example.com"}
	eve     = actor.Person{ID: "eve", Email: "eve@example.com"}
)

func TestNew(t *testing.T) {
	i := newInvitation(t)
	wantEqual(t, "state", i.Snapshot(), invitation.Snapshot{
		ID: "i1", Organisation: "globe", Email: "gus@example.com", InvitedBy: "mia",
		Status: invitation.StatusPending, CreatedAt: noon, ExpiresAt: expires,
	})
	wantEqual(t, "events", i.Events(), []event.Event{
		invitation.Made{Invitation: "i1", Organisation: "globe", InvitedBy: "mia", ExpiresAt: expires, At: noon},
	})
	t.Run("refuses an invalid address", func(t *testing.T) {
		_, err := invitation.New("i1", mia, "gus", noon, validFor)
		if _, ok := errors.AsType[*invalid.Error](err); !ok {
			t.Errorf("got error %v, want an *invalid.Error", err)
		}
	})
}

func TestAccept(t *testing.T) {
	for _, test := range []struct {
		name  string
		given []func(*invitation.Invitation) error
		by    actor.Person
		at    time.Time
		want  error
		then  invitation.Status
		event event.Event // nil for none
	}{
		{"accepts a pending invitation", nil, gus, noon, nil, invitation.StatusAccepted, accepted(noon)},
		{"accepts until just before the time is over", nil, gus, expires.Add(-time.Microsecond), nil, invitation.StatusAccepted, accepted(expires.Add(-time.Microsecond))},
		{"ignores the case of the address", nil, actor.Person{ID: "gus", Email: "Gus@Example.COM"}, noon, nil, invitation.StatusAccepted, accepted(noon)},
		{"changes nothing the second time", given(accept), gus, noon, nil, invitation.StatusAccepted, nil},
		{"changes nothing the second time, even later", given(accept), gus, expires, nil, invitation.StatusAccepted, nil},
		{"refuses another person", nil, eve, noon, invitation.ErrNotInvited, invitation.StatusPending, nil},
		{"refuses another person after it was accepted", given(accept), eve, noon, invitation.ErrNotInvited, invitation.StatusAccepted, nil},
		{"refuses a person without an address", nil, actor.Person{ID: "gus"}, noon, invitation.ErrNotInvited, invitation.StatusPending, nil},
		{"refuses a lapsed invitation", nil, gus, expires, invitation.ErrExpired, invitation.StatusPending, nil},
		{"refuses an expired invitation", given(expire), gus, noon, invitation.ErrExpired, invitation.StatusExpired, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newInvitation(t, test.given...)
			before := len(i.Events())
			wantError(t, i.Accept(test.by, test.at), test.want)
			wantEqual(t, "status", i.Status(), test.then)
			wantNewEvent(t, i.Events()[before:], test.event)
		})
	}
}

func TestExpire(t *testing.T) {
	for _, test := range []struct {
		name  string
		given []func(*invitation.Invitation) error
		at    time.Time
		want  error
		then  invitation.Status
		event event.Event // nil for none
	}{
		{"ends a lapsed invitation", nil, expires, nil, invitation.StatusExpired, invitation.Expired{Invitation: "i1", Organisation: "globe", At: expires}},
		{"refuses an invitation whose time is not over", nil, expires.Add(-time.Microsecond), invitation.ErrNotLapsed, invitation.StatusPending, nil},
		{"refuses an accepted invitation", given(accept), expires, invitation.ErrNotLapsed, invitation.StatusAccepted, nil},
		{"refuses an expired invitation", given(expire), expires, invitation.ErrNotLapsed, invitation.StatusExpired, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newInvitation(t, test.given...)
			before := len(i.Events())
			wantError(t, i.Expire(test.at), test.want)
			wantEqual(t, "status", i.Status(), test.then)
			wantNewEvent(t, i.Events()[before:], test.event)
		})
	}
}

func TestCheckPending(t *testing.T) {
	wantError(t, invitation.CheckPending(invitation.MaxPending-1), nil)
	wantError(t, invitation.CheckPending(invitation.MaxPending), invitation.ErrTooManyPending)
}

func TestParseEmail(t *testing.T) {
	for text, want := range map[string]invitation.Email{
		"ann@example.com":                   "ann@example.com",
		"Ann.O'Neil+1@Example.com":          "ann.o'neil+1@example.com",
		"ann@localhost":                     "ann@localhost",
		strings.Repeat("a", 248) + "@b.com": invitation.Email(strings.Repeat("a", 248) + "@b.com"),
	} {
		if got, err := invitation.ParseEmail(text); err != nil || got != want {
			t.Errorf("ParseEmail(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "ann", "@", "@example.com", "ann@", "ann@b@c", " ann@example.com", "ann @example.com", "ann@example.com\r\nBcc: x",
		"Ann <ann@example.com>", "ann@example.com,bob@example.com", "аnn@example.com", "\xff@example.com", strings.Repeat("a", 249) + "@b.com",
	} {
		if got, err := invitation.ParseEmail(text); err == nil {
			t.Errorf("ParseEmail(%q) = %q, want an error", text, got)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for _, s := range []invitation.Status{invitation.StatusPending, invitation.StatusAccepted, invitation.StatusExpired} {
		if got, err := invitation.ParseStatus(s.String()); err != nil || got != s {
			t.Errorf("ParseStatus(%q) = %v, %v, want %v", s, got, err, s)
		}
	}
	if got, err := invitation.ParseStatus(""); err == nil {
		t.Errorf("ParseStatus of no text returns %v, want an error", got)
	}
}

func TestRehydrate(t *testing.T) {
	complete := newInvitation(t).Snapshot()
	i, err := invitation.Rehydrate(complete)
	wantError(t, err, nil)
	wantEqual(t, "state", i.Snapshot(), complete)
	wantEqual(t, "number of events", len(i.Events()), 0)

	for name, remove := range map[string]func(*invitation.Snapshot){
		"id":           func(s *invitation.Snapshot) { s.ID = "" },
		"organisation": func(s *invitation.Snapshot) { s.Organisation = "" },
		"email":        func(s *invitation.Snapshot) { s.Email = "" },
		"inviter":      func(s *invitation.Snapshot) { s.InvitedBy = "" },
		"status":       func(s *invitation.Snapshot) { s.Status = invitation.Status{} },
	} {
		t.Run("refuses a state without "+name, func(t *testing.T) {
			s := complete
			remove(&s)
			if _, err := invitation.Rehydrate(s); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func newInvitation(t *testing.T, changes ...func(*invitation.Invitation) error) *invitation.Invitation {
	t.Helper()
	i, err := invitation.New("i1", mia, "Gus@example.com", noon, validFor)
	wantError(t, err, nil)
	for _, change := range changes {
		wantError(t, change(i), nil)
	}
	return i
}

func given(changes ...func(*invitation.Invitation) error) []func(*invitation.Invitation) error {
	return changes
}

func accept(i *invitation.Invitation) error { return i.Accept(gus, noon) }
func expire(i *invitation.Invitation) error { return i.Expire(expires) }

func accepted(at time.Time) event.Event {
	return invitation.Accepted{Invitation: "i1", Organisation: "globe", By: "gus", At: at}
}

func wantNewEvent(t *testing.T, got []event.Event, want event.Event) {
	t.Helper()
	var wanted []event.Event
	if want != nil {
		wanted = append(wanted, want)
	}
	if len(got) != len(wanted) || len(got) > 0 && got[0] != want {
		t.Errorf("got new events %v, want %v", got, wanted)
	}
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

func wantEqual[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
