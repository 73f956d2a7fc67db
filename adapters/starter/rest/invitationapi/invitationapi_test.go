package invitationapi_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/starter/rest/invitationapi"
	api "example.com/portico/api/starter"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/domain/starter/role"
	"example.com/portico/ports"
	"example.com/portico/ports/starter/inbound"
	"example.com/portico/tests/resttest"
	"example.com/portico/tests/testkit"
)

const id = "01985e2a-77c4-7d3e-9b0a-5a4f6a1c9d10"

var noon = time.Date(2031, 5, 4, 12, 0, 0, 0, time.UTC)

// useCase records its command and returns the invitation and err.
type useCase[C any] struct {
	got *any
	i   *invitation.Invitation
	err error
}

func (u useCase[C]) Handle(_ context.Context, command C) (*invitation.Invitation, error) {
	*u.got = command
	return u.i, u.err
}

// start serves use cases that record their command and return err.
func start(t *testing.T, got *any, err error) *resttest.Server {
	t.Helper()
	i, failed := invitation.New(id, actor.Staff{ID: "mia", Organisation: "globe"}, "gus@example.com", noon, 7*24*time.Hour)
	testkit.Must(t, failed)
	uc := inbound.UseCases{
		Invite:           useCase[inbound.Invite]{got, i, err},
		GetInvitation:    useCase[inbound.GetInvitation]{got, i, err},
		AcceptInvitation: useCase[inbound.AcceptInvitation]{got, i, err},
	}
	return resttest.Start(t, api.OpenAPI, func(report ports.ErrorReporter) http.Handler {
		return invitationapi.New(uc, resttest.Tokens{"mia": mia, "gus": gus}, nil, rest.Config{}, report)
	})
}

var (
	mia = newActor("mia", "", "globe", role.Member)
	gus = newActor("gus", "gus@example.com", "", role.Guest)
)

func newActor(id actor.ID, email string, org actor.Organisation, r actor.Role) actor.Actor {
	a, err := actor.New(id, email, org, r)
	if err != nil {
		panic(err)
	}
	return a
}

func TestOperations(t *testing.T) {
	const path = "/api/v1/invitations"
	for _, test := range []struct {
		name, method, path, body, token string
		want                            any
		status                          int
	}{
		{"invite", "POST", path, `{"email": "gus@example.com"}`, "mia", inbound.Invite{Actor: mia, Email: "gus@example.com"}, http.StatusCreated},
		{"read, as a member", "GET", path + "/" + id, "", "mia", inbound.GetInvitation{Actor: mia, Invitation: id}, http.StatusOK},
		{"read, as a guest", "GET", path + "/" + id, "", "gus", inbound.GetInvitation{Actor: gus, Invitation: id}, http.StatusOK},
		{"accept", "POST", path + "/" + id + "/accept", "", "gus", inbound.AcceptInvitation{Actor: gus, Invitation: id}, http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got any
			a := start(t, &got, nil).Send(t, test.method, test.path, test.body, resttest.As(test.token))
			testkit.WantEqual(t, "status", a.Status, test.status)
			testkit.WantEqual(t, "command", got, test.want)
			if test.status == http.StatusCreated {
				a.WantHeader(t, "Location", path+"/"+id)
			}
			var i invitationapi.Invitation
			a.Decode(t, &i)
			testkit.WantEqual(t, "invitation", i, invitationapi.Invitation{
				ID: id, Organisation: "globe", Email: "gus@example.com", InvitedBy: "mia",
				Status: invitationapi.InvitationStatusPending, CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 7),
			})
		})
	}
}

func TestRefusedRequestsReachNoUseCase(t *testing.T) {
	const path = "/api/v1/invitations"
	for _, test := range []struct {
		name, method, path, body, token string
		status                          int
		slug                            string
	}{
		{"an anonymous caller", "GET", path + "/" + id, "", "", 401, "unauthenticated"},
		{"a guest who invites", "POST", path, `{"email": "eve@example.com"}`, "gus", 403, "forbidden"},
		{"a member who accepts", "POST", path + "/" + id + "/accept", "", "mia", 403, "forbidden"},
		{"an unknown field", "POST", path, `{"email": "gus@example.com", "role": "owner"}`, "mia", 400, "malformed-request"},
		{"an id that is not a UUID", "GET", path + "/i1", "", "mia", 404, "not-found"},
		{"a body that is too large", "POST", path, `{"email": "` + strings.Repeat("a", 4096) + `"}`, "mia", 413, "request-too-large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got any
			var token []resttest.Change
			if test.token != "" {
				token = append(token, resttest.As(test.token))
			}
			start(t, &got, nil).Send(t, test.method, test.path, test.body, token...).WantProblem(t, test.status, test.slug)
			testkit.WantEqual(t, "command", got, nil)
		})
	}
}

// refusals are the errors of the service's domain that callers can get, and some generic
// ones, by name.
var refusals = map[string]struct {
	err    error
	status int
	slug   string
}{
	"invitation.ErrExpired":        {invitation.ErrExpired, 409, "invitation-expired"},
	"invitation.ErrTooManyPending": {invitation.ErrTooManyPending, 409, "too-many-pending"},
	"invalid.Error":                {&invalid.Error{Problems: []invalid.Problem{{Field: "email", Detail: "no"}}}, 422, "invalid"},
	"ports.ErrNotFound":            {ports.ErrNotFound, 404, "not-found"},
}

// internalErrors lists the errors that never reach a caller, with reasons.
var internalErrors = map[string]string{
	"invitation.ErrNotInvited": "AcceptInvitation returns ports.ErrNotFound instead",
	"invitation.ErrNotLapsed":  "Invite and ExpireInvitations ignore it",
}

func TestErrorHandling(t *testing.T) {
	for name, refusal := range refusals {
		t.Run("answers "+name+" with "+refusal.slug, func(t *testing.T) {
			var got any
			srv := start(t, &got, fmt.Errorf("wrapped: %w", refusal.err))
			path, body, who := "/api/v1/invitations/"+id+"/accept", "", "gus"
			if refusal.status == http.StatusUnprocessableEntity { // which only Invite returns
				path, body, who = "/api/v1/invitations", `{"email": "gus"}`, "mia"
			}
			srv.Send(t, "POST", path, body, resttest.As(who)).WantProblem(t, refusal.status, refusal.slug)
			if page := srv.Send(t, "GET", "/problems/"+refusal.slug, ""); page.Status != http.StatusOK {
				t.Errorf("got status %d for the page of the problem, want 200", page.Status)
			}
		})
	}
}

func TestEveryErrorHasAProblemType(t *testing.T) {
	paths, err := filepath.Glob("../../../../domain/starter/invitation/*.go")
	testkit.Must(t, err)
	found := 0
	for _, path := range paths {
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		testkit.Must(t, err)
		ast.Inspect(source, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "Err") {
				return true
			}
			found++
			name := source.Name.Name + "." + spec.Names[0].Name
			if _, refused := refusals[name]; !refused && internalErrors[name] == "" {
				t.Errorf("%s is in neither refusals nor internalErrors", name)
			}
			return true
		})
	}
	testkit.WantEqual(t, "number of errors", found, len(internalErrors)+2)
}
