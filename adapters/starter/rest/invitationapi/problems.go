package invitationapi

import (
	"net/http"

	"example.com/portico/adapters/rest"
	"example.com/portico/domain/starter/invitation"
)

// problemTypes are the service's own problem types. Package rest defines the generic
// ones.
var problemTypes = []rest.ProblemType{
	{
		Slug: "invitation-expired", Status: http.StatusConflict, Title: "Invitation expired",
		Description: "The time to accept is over. Ask a member of the organisation for another invitation.",
		Match:       rest.MatchIs(invitation.ErrExpired),
	},
	{
		Slug: "too-many-pending", Status: http.StatusConflict, Title: "Too many pending invitations",
		Description: "The organisation has reached its limit of pending invitations. Wait until some are accepted or expire.",
		Match:       rest.MatchIs(invitation.ErrTooManyPending),
	},
}
