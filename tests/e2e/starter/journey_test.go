// Package e2e runs the starter as a program would: its API, its relay, its reactions and
// its jobs on one SQLite file.
package e2e

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"example.com/portico/adapters/inprocess"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/starter/eventjson/invitationevents"
	"example.com/portico/adapters/starter/mail/invitationmail"
	"example.com/portico/adapters/starter/rest/invitationapi"
	"example.com/portico/adapters/starter/sqlite/sqlitestores"
	"example.com/portico/adapters/starter/system/invitationids"
	"example.com/portico/adapters/starter/worker/invitationjobs"
	"example.com/portico/adapters/worker"
	api "example.com/portico/api/starter"
	application "example.com/portico/application/starter"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/role"
	migrations "example.com/portico/migrations/starter"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/tests/emails"
	"example.com/portico/tests/resttest"
	"example.com/portico/tests/testkit"
)

const validFor = time.Hour

// service is a running service. Its clock stands still until a test advances it.
type service struct {
	*resttest.Server
	inbound.UseCases
	clock *memory.Clock
	mails string // the folder
}

func start(t *testing.T) service {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "portico.db"), invitationevents.Codec())
	testkit.Must(t, err)
	t.Cleanup(func() { testkit.Must(t, db.Close()) })
	db.Scripts = migrations.SQLite
	_, err = db.MigrateUp(t.Context())
	testkit.Must(t, err)

	s := service{clock: memory.NewClock(time.Date(2031, 5, 4, 12, 0, 0, 0, time.UTC)), mails: filepath.Join(dir, "mail")}
	folder, err := mail.OpenFolder(s.mails)
	testkit.Must(t, err)
	notifier, err := invitationmail.New(folder, "Portico <invitations@portico.example>")
	testkit.Must(t, err)
	s.UseCases = application.New(application.Ports{
		Stores: sqlitestores.New(db), UnitOfWork: sqlitestores.UnitOfWork(db), Notifier: notifier, IDs: invitationids.IDs{}, Clock: s.clock,
	}, application.Options{ValidFor: validFor})

	report := func(_ context.Context, err error) { t.Errorf("reported: %v", err) }
	broker := sqlite.NewBroker(db, invitationjobs.Subscriptions(), platform.RetryPolicy{Attempts: 3, FirstDelay: time.Second, MaxDelay: time.Second}, report)
	relay := worker.Relay{Outbox: db.Outbox(), Publisher: broker}
	w := worker.Worker{
		Subscriber: broker, Reactions: invitationjobs.Reactions(s.UseCases), Jobs: append(invitationjobs.Jobs(s.UseCases), relay.Job(db.Committed())),
		Locks: &inprocess.Locker{}, Report: report,
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		testkit.Must(t, testkit.Receive(t, stopped))
	})

	tokens := resttest.Tokens{"mia": newActor(t, "mia", "", "globe", role.Member), "gus": newActor(t, "gus", "gus@example.com", "", role.Guest)}
	s.Server = resttest.Start(t, api.OpenAPI, func(report ports.ErrorReporter) http.Handler {
		return invitationapi.New(s.UseCases, tokens, nil, rest.Config{}, report)
	})
	return s
}

func newActor(t *testing.T, id actor.ID, email string, org actor.Organisation, r actor.Role) actor.Actor {
	t.Helper()
	a, err := actor.New(id, email, org, r)
	testkit.Must(t, err)
	return a
}

// invite invites Gus as Mia, and waits for the mail.
func (s service) invite(t *testing.T) invitationapi.Invitation {
	t.Helper()
	var i invitationapi.Invitation
	s.Send(t, "POST", "/api/v1/invitations", `{"email": "gus@example.com"}`, resttest.As("mia")).Decode(t, &i)
	testkit.Eventually(t, "the mail arrives", func() bool {
		messages := emails.ReadFolder(t, s.mails)
		return len(messages) == 1 && messages[0].To == "gus@example.com"
	})
	return i
}

func TestAGuestAcceptsAnInvitationThatArrivedByMail(t *testing.T) {
	s := start(t)
	path := "/api/v1/invitations/" + s.invite(t).ID
	for range 2 {
		a := s.Send(t, "POST", path+"/accept", "", resttest.As("gus"))
		testkit.WantEqual(t, "status", a.Status, http.StatusOK)
	}
	var i invitationapi.Invitation
	s.Send(t, "GET", path, "", resttest.As("mia")).Decode(t, &i)
	testkit.WantEqual(t, "status of the invitation", i.Status, invitationapi.InvitationStatusAccepted)
}

func TestAnInvitationExpires(t *testing.T) {
	s := start(t)
	path := "/api/v1/invitations/" + s.invite(t).ID
	s.clock.Advance(validFor)
	_, err := s.ExpireInvitations.Handle(t.Context(), inbound.ExpireInvitations{})
	testkit.Must(t, err)
	s.Send(t, "POST", path+"/accept", "", resttest.As("gus")).WantProblem(t, http.StatusConflict, "invitation-expired")
	var i invitationapi.Invitation
	s.Send(t, "GET", path, "", resttest.As("gus")).Decode(t, &i)
	testkit.WantEqual(t, "status of the invitation", i.Status, invitationapi.InvitationStatusExpired)
}
