//go:build wireinject

package embedded

import (
	"context"

	"github.com/google/wire"

	"example.com/portico/adapters/telemetry"
	"example.com/portico/bootstrap"
	"example.com/portico/bootstrap/boxoffice"
	"example.com/portico/bootstrap/config"
	"example.com/portico/ports/platform"
)

func initialize(context.Context, config.Config, *telemetry.Telemetry, platform.Clock, boxoffice.GatewayURL, printTokens) (*bootstrap.Service, func(), error) {
	panic(wire.Build(adapters))
}
