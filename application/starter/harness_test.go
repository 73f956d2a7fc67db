package application_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/starter/memory/memstores"
	"example.com/portico/adapters/starter/system/invitationids"
	application "example.com/portico/application/starter"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/ports/starter/outbound"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

// The actors of the tests. Two organisations, the Globe and the Rose, must not see each
// other's data.
var (
	anonymous  = actor.Anonymous
	mia        = newActor("mia", "", "globe", role.Member)
	moe        = newActor("moe", "", "globe", role.Member)
	rosa       = newActor("rosa", "", "rose", role.Member)
	gus        = newActor("gus", "gus@example.com", "", role.Guest)
	eve        = newActor("eve", "eve@example.com", "", role.Guest)
	freelancer = newActor("fred", "gus@example.com", "", role.Member) // has no organisation
)

func newActor(id actor.ID, email string, org actor.Organisation, roles ...actor.Role) actor.Actor {
	a, err := actor.New(id, email, org, roles...)
	if err != nil {
		panic(err)
	}
	return a
}

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)

const validFor = 7 * 24 * time.Hour

// harness is a service with the memory adapters.
type harness struct {
	inbound.UseCases
	outbound.Stores
	ports   application.Ports
	db      *memstores.DB
	clock   *memory.Clock
	mailbox *mailbox
}

func newHarness(*testing.T) *harness {
	db := memstores.NewDB()
	h := &harness{Stores: db.Stores(), db: db, clock: memory.NewClock(noon), mailbox: &mailbox{}}
	h.ports = application.Ports{
		Stores: h.Stores, UnitOfWork: db, Notifier: h.mailbox, IDs: invitationids.IDs{}, Clock: h.clock,
	}
	h.UseCases = application.New(h.ports, application.Options{ValidFor: validFor})
	return h
}

// with returns use cases that use a copy of the ports. It first calls change() to modify
// the copy.
func (h *harness) with(change func(*application.Ports)) inbound.UseCases {
	p := h.ports
	change(&p)
	return application.New(p, application.Options{ValidFor: validFor})
}

// mailbox keeps the addresses of all mails. It fails with the error err, if it is set.
type mailbox struct {
	sent []invitation.Email
	err  error
}

func (m *mailbox) SendInvitation(_ context.Context, i *invitation.Invitation) error {
	if m.err == nil {
		m.sent = append(m.sent, i.Email())
	}
	return m.err
}

// errInjected is the error that a test injects into a port.
var errInjected = errors.New("injected by the test")

// interleavedInvitations runs code after each list of lapsed invitations.
type interleavedInvitations struct {
	outbound.Invitations
	meanwhile func()
}

func (i interleavedInvitations) ListLapsed(ctx context.Context, at time.Time, after outbound.Lapsed, limit int) ([]outbound.Lapsed, error) {
	defer i.meanwhile()
	return i.Invitations.ListLapsed(ctx, at, after, limit)
}

// invited returns a new invitation of Mia's.
func (h *harness) invited(t *testing.T, email string) *invitation.Invitation {
	t.Helper()
	return mustHandle(t, h.Invite, inbound.Invite{Actor: mia, Email: email})
}

// inviteMany makes n invitations of Mia's.
func (h *harness) inviteMany(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		h.invited(t, "guest"+strconv.Itoa(i)+"@example.com")
	}
}

func (h *harness) wantStatus(t *testing.T, id invitation.ID, want invitation.Status) {
	t.Helper()
	i, err := h.Invitations.Get(t.Context(), id)
	testkit.Must(t, err)
	if got := i.Status(); got != want {
		t.Errorf("the invitation is %s, want %s", got, want)
	}
}

// wantEvents removes all events from the outbox, and checks their types.
func (h *harness) wantEvents(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, e := range contract.RelayAll(t, h.db.Outbox()) {
		got = append(got, e.Type)
	}
	testkit.WantEqual(t, "types of events", got, want)
}

// mustHandle runs a use case that must succeed.
func mustHandle[C, R any](t *testing.T, uc ports.UseCase[C, R], command C) R {
	t.Helper()
	result, err := uc.Handle(t.Context(), command)
	testkit.Must(t, err)
	return result
}

// wantRefused runs a use case that must fail with the given error.
func wantRefused[C, R any](t *testing.T, uc ports.UseCase[C, R], command C, want error) {
	t.Helper()
	_, err := uc.Handle(t.Context(), command)
	testkit.WantError(t, err, want)
}

// failingInbox returns errInjected for every event.
type failingInbox struct{ platform.Inbox }

func (failingInbox) FirstTime(context.Context, string, ports.EventID) (bool, error) {
	return false, errInjected
}
