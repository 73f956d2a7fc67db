// Package invitationevents writes and reads the events of the service in the JSON format
// that asyncapi.yaml describes.
package invitationevents

import (
	"time"

	"example.com/portico/adapters/eventjson"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
)

// Codec returns a codec for all events that the service records.
func Codec() eventjson.Codec {
	return eventjson.New(
		eventjson.Tagged(func(e *invitation.Made) any { return (*made)(e) }),
		eventjson.Tagged(func(e *invitation.Accepted) any { return (*accepted)(e) }),
		eventjson.Tagged(func(e *invitation.Expired) any { return (*expired)(e) }),
	)
}

// Each JSON form has the same fields as its event, in the same order. The conversion in
// Codec does not compile if a field is missing.

type made struct {
	Invitation   invitation.ID      `json:"invitationId"`
	Organisation actor.Organisation `json:"organisation"`
	InvitedBy    actor.ID           `json:"invitedBy"`
	ExpiresAt    time.Time          `json:"expiresAt"`
	At           time.Time          `json:"at"`
}

type accepted struct {
	Invitation   invitation.ID      `json:"invitationId"`
	Organisation actor.Organisation `json:"organisation"`
	By           actor.ID           `json:"acceptedBy"`
	At           time.Time          `json:"at"`
}

type expired struct {
	Invitation   invitation.ID      `json:"invitationId"`
	Organisation actor.Organisation `json:"organisation"`
	At           time.Time          `json:"at"`
}
