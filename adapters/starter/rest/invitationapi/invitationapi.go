// Package invitationapi serves the HTTP API that openapi.yaml defines. Its handlers turn
// requests into commands and queries, and results into JSON. Package rest implements the
// generic part.
package invitationapi

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"example.com/portico/adapters/rest"
	api "example.com/portico/api/starter"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/inbound"
)

//go:generate ../../../../.bin/oapi-codegen -config oapi-codegen.yaml ../../../../api/starter/openapi.yaml

const basePath = "/api/v1"

// New returns a handler that serves the use cases. It calls report with unexpected
// errors.
func New(uc inbound.UseCases, tokens platform.Tokens, limiter platform.RateLimiter, config rest.Config, report ports.ErrorReporter) http.Handler {
	return rest.New(rest.API{
		Title:        "Portico starter",
		Document:     api.OpenAPI,
		BasePath:     basePath,
		ProblemTypes: problemTypes,
		Mount: func(router *mux.Router, fail rest.FailFunc) {
			// The generated code rejects some requests that conform to the document, such
			// as those that repeat a parameter.
			refuse := func(w http.ResponseWriter, r *http.Request, err error) {
				fail(w, r, rest.BadRequest(err.Error()))
			}
			handlers := NewStrictHandlerWithOptions(&service{uc}, nil, StrictHTTPServerOptions{
				RequestErrorHandlerFunc:  refuse,
				ResponseErrorHandlerFunc: fail,
			})
			HandlerWithOptions(handlers, GorillaServerOptions{
				BaseURL:          basePath,
				BaseRouter:       router,
				ErrorHandlerFunc: refuse,
			})
		},
	}, config, tokens, limiter, report)
}

// service handles the operations of the API.
type service struct{ useCases inbound.UseCases }

var _ StrictServerInterface = (*service)(nil)

func (s *service) Invite(ctx context.Context, r InviteRequestObject) (InviteResponseObject, error) {
	i, err := s.useCases.Invite.Handle(ctx, inbound.Invite{Actor: rest.ActorOf(ctx), Email: r.Body.Email})
	if err != nil {
		return nil, err
	}
	return Invite201JSONResponse{
		Body:    invitationOf(i),
		Headers: Invite201ResponseHeaders{Location: basePath + "/invitations/" + string(i.ID())},
	}, nil
}

func (s *service) GetInvitation(ctx context.Context, r GetInvitationRequestObject) (GetInvitationResponseObject, error) {
	i, err := s.useCases.GetInvitation.Handle(ctx, inbound.GetInvitation{Actor: rest.ActorOf(ctx), Invitation: invitation.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return GetInvitation200JSONResponse(invitationOf(i)), nil
}

func (s *service) AcceptInvitation(ctx context.Context, r AcceptInvitationRequestObject) (AcceptInvitationResponseObject, error) {
	i, err := s.useCases.AcceptInvitation.Handle(ctx, inbound.AcceptInvitation{Actor: rest.ActorOf(ctx), Invitation: invitation.ID(r.ID)})
	if err != nil {
		return nil, err
	}
	return AcceptInvitation200JSONResponse(invitationOf(i)), nil
}

func invitationOf(i *invitation.Invitation) Invitation {
	return Invitation{
		ID:           string(i.ID()),
		Organisation: string(i.Organisation()),
		Email:        string(i.Email()),
		InvitedBy:    string(i.InvitedBy()),
		Status:       InvitationStatus(i.Status().String()),
		CreatedAt:    i.CreatedAt(),
		ExpiresAt:    i.ExpiresAt(),
	}
}
