// Package invitations tests the contracts of the ports in ports/outbound.
package invitations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/outbound"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

// Stores holds all ports of one database.
type Stores struct {
	outbound.Stores
	UnitOfWork outbound.UnitOfWork
	Outbox     platform.Outbox

	// Reopen closes the database and opens it again. It is nil if the database is not
	// durable.
	Reopen func(t *testing.T) Stores
	// OpenAnother opens the same database a second time, as another process would. It is
	// nil if the database is not shared.
	OpenAnother func(t *testing.T) Stores
}

// OpenStores opens an empty database for the duration of the test.
type OpenStores func(t *testing.T) Stores

// RunStores runs every suite for a database. The tests of each engine check its
// transactions, outbox, inbox and audit log, with package contract.
func RunStores(t *testing.T, open OpenStores) {
	t.Run("invitations", func(t *testing.T) { runInvitations(t, open) })
	t.Run("concurrent invitations", func(t *testing.T) { runConcurrent(t, open) })
	t.Run("lapsed invitations", func(t *testing.T) { runLapsed(t, open) })
	t.Run("unit of work across stores", func(t *testing.T) { runUnitOfWork(t, open) })
	t.Run("reopened database", func(t *testing.T) { runReopened(t, open) })
	t.Run("shared database", func(t *testing.T) { runShared(t, open) })
}

func runUnitOfWork(t *testing.T, open OpenStores) {
	failure := errors.New("failure")
	for _, test := range []struct {
		name    string
		failure error
		changed bool
	}{
		{"commits the changes of all stores together", nil, true},
		{"rolls back the changes of all stores together", failure, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			i := newInvitation(t, "globe", "gus@example.com")
			err := s.UnitOfWork.Do(t.Context(), func(ctx context.Context, tx outbound.Stores) error {
				_, err := tx.Invitations.Add(ctx, i)
				testkit.Must(t, err)
				_, err = tx.Inbox.FirstTime(ctx, "send-invitation", "e1")
				testkit.Must(t, err)
				testkit.Must(t, tx.Audit.Append(ctx, platform.AuditRecord{At: noon, Operator: "olga", Command: "Remove", Reason: "asked"}))
				return test.failure
			})
			testkit.WantError(t, err, test.failure)

			_, err = s.Invitations.Get(t.Context(), i.ID())
			testkit.WantEqual(t, "invitation was stored", err == nil, test.changed)
			first, err := s.Inbox.FirstTime(t.Context(), "send-invitation", "e1")
			testkit.Must(t, err)
			testkit.WantEqual(t, "event was recorded", !first, test.changed)
			records, err := s.Audit.List(t.Context(), 0, 10)
			testkit.Must(t, err)
			testkit.WantEqual(t, "action was recorded", len(records) == 1, test.changed)
			testkit.WantEqual(t, "event was stored", len(s.relayAll(t)) == 1, test.changed)
		})
	}
}

func runReopened(t *testing.T, open OpenStores) {
	t.Run("has the invitations and their events", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		contract.SkipUnlessDurable(t, s.Reopen != nil)
		added := s.add(t, "globe", "gus@example.com")
		s = s.Reopen(t)
		got, err := s.Invitations.Get(t.Context(), added.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "invitation", got.Snapshot(), added.Snapshot())
		testkit.WantEqual(t, "number of events", len(s.relayAll(t)), 1)
	})
}

func runShared(t *testing.T, open OpenStores) {
	t.Run("makes one pending invitation for an address", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		contract.SkipUnlessShared(t, s.OpenAnother != nil)
		processes := []Stores{s, s.OpenAnother(t)}
		ids := make([]invitation.ID, 10)
		testkit.RunConcurrently(len(ids), func(n int) {
			added, err := processes[n%2].Invitations.Add(t.Context(), newInvitation(t, "globe", "gus@example.com"))
			if err != nil {
				t.Error(err)
				return
			}
			ids[n] = added.ID()
		})
		for _, id := range ids {
			testkit.WantEqual(t, "invitation", id, ids[0])
		}
	})
}

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 123456000, time.UTC)
	kolkata = time.FixedZone("Asia/Kolkata", 5*60*60+30*60)
)

const validFor = 7 * 24 * time.Hour

var lastID atomic.Int64

// newID returns a version 7 UUID that sorts after all earlier ones.
func newID() invitation.ID {
	return invitation.ID(fmt.Sprintf("0196a000-0000-7000-8000-%012x", lastID.Add(1)))
}

func newInvitation(t *testing.T, org actor.Organisation, email string) *invitation.Invitation {
	t.Helper()
	i, err := invitation.New(newID(), actor.Staff{ID: "mia", Organisation: org}, email, noon, validFor)
	testkit.Must(t, err)
	return i
}

func (s Stores) add(t *testing.T, org actor.Organisation, email string) *invitation.Invitation {
	t.Helper()
	i, err := s.Invitations.Add(t.Context(), newInvitation(t, org, email))
	testkit.Must(t, err)
	return i
}

func (s Stores) update(t *testing.T, id invitation.ID, change func(*invitation.Invitation) error) *invitation.Invitation {
	t.Helper()
	i, err := s.Invitations.Update(t.Context(), id, change)
	testkit.Must(t, err)
	return i
}

// relayAll removes and returns all events in the outbox, oldest first, without ids and
// headers, which the stores set.
func (s Stores) relayAll(t *testing.T) []platform.Event {
	t.Helper()
	events := contract.RelayAll(t, s.Outbox)
	for i := range events {
		if events[i].ID == "" {
			t.Errorf("event %d has no id", i)
		}
		events[i].ID, events[i].Headers = "", nil
	}
	return events
}

// envelope wraps e as the stores must, but leaves ID and Headers empty.
func envelope(id invitation.ID, correlation string, e event.Event) platform.Event {
	return platform.Event{
		Type: e.EventType(), Aggregate: string(id), OccurredAt: e.OccurredAt(), CorrelationID: correlation, Body: e,
	}
}

// accept accepts an invitation as the person with its address.
func accept(i *invitation.Invitation) error {
	name, _, _ := strings.Cut(string(i.Email()), "@")
	return i.Accept(actor.Person{ID: actor.ID(name), Email: string(i.Email())}, noon.Add(time.Hour))
}

func expire(i *invitation.Invitation) error { return i.Expire(i.ExpiresAt()) }
