package bootstrap

import (
	"context"

	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/ports/platform"
)

const (
	embedded   = "embedded"
	production = "production"
)

// profile is what one choice of adapters has of its own. What a function opens,
// the function that it returns closes.
type profile struct {
	// build makes the service of a process with these roles.
	build func(context.Context, Settings, *telemetry.Telemetry, roles) (*service, func(), error)
	// schema is for portico migrate.
	schema func(context.Context, Settings) (platform.Schema, func() error, error)
	// deadLetters is for portico deadletters.
	deadLetters func(context.Context, Settings) (platform.DeadLetters, func() error, error)
	// issuer is for portico token.
	issuer func(Settings) (*oidc.Issuer, error)
}

var profiles = map[string]profile{
	embedded:   {build: serveEmbedded, schema: embeddedSchema, deadLetters: embeddedDeadLetters, issuer: developmentIssuer},
	production: {build: serveProduction, schema: productionSchema, deadLetters: productionDeadLetters, issuer: noIssuer},
}
