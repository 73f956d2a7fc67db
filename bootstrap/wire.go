//go:build wireinject

package bootstrap

import (
	"context"

	"github.com/google/wire"

	"example.com/portico/adapters/blob"
	"example.com/portico/adapters/mail"
	"example.com/portico/adapters/memory"
	"example.com/portico/adapters/oidc"
	"example.com/portico/adapters/pdf"
	"example.com/portico/adapters/postgres/pgstores"
	"example.com/portico/adapters/rabbitmq"
	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/sqlite/sqlitestores"
	"example.com/portico/adapters/system"
	"example.com/portico/adapters/telemetry"
	"example.com/portico/adapters/worker"
	"example.com/portico/application"
	"example.com/portico/ports/outbound"
	"example.com/portico/ports/platform"
)

// edgeSet makes what drives the use cases.
var edgeSet = wire.NewSet(
	wire.Struct(new(application.Ports), "*"),
	newUseCases,
	wire.Struct(new(worker.Relay), "*"),
	newAPI,
	newWorker,
	wire.Struct(new(service), "*"),
)

// commonSet is what every profile has.
var commonSet = wire.NewSet(
	newGateway,
	wire.FieldsOf(new(outbound.Stores), "Shows"),
	memory.NewShowsOnSale,
	wire.Bind(new(outbound.ShowsOnSale), new(*memory.ShowsOnSale)),
	wire.Struct(new(pdf.Printer)),
	wire.Bind(new(outbound.TicketPrinter), new(*pdf.Printer)),
	wire.InterfaceValue(new(outbound.IDs), system.IDs{}),
)

// embeddedSet fulfils the ports with what needs no other program: a SQLite
// file, folders, and what fits into the process.
var embeddedSet = wire.NewSet(
	migratedDatabase,
	sqlitestores.New,
	sqlitestores.UnitOfWork,
	newOutbox,
	sqlitestores.SeatMaps,
	newStored,
	newReportingBroker,
	newPublisher,
	wire.Bind(new(platform.Subscriber), new(*sqlite.Broker)),
	openObjects,
	wire.Bind(new(platform.Objects), new(*blob.Objects)),
	openMailbox,
	wire.Bind(new(outbound.Notifier), new(*mail.Folder)),
	openIssuer,
	wire.Bind(new(platform.Tokens), new(*oidc.Issuer)),
	newLimiter,
	newLocks,
	newNeeds,
	newDemo,
)

// productionSet fulfils the ports with servers that many processes share.
var productionSet = wire.NewSet(
	openPostgres,
	pgstores.New,
	pgstores.UnitOfWork,
	newPostgresOutbox,
	newPostgresStored,
	newPostgresLocks,
	openReportingBroker,
	wire.Bind(new(platform.Subscriber), new(*rabbitmq.Broker)),
	openRedis,
	newCachedSeatMaps,
	wire.Bind(new(outbound.SeatMaps), new(*redis.SeatMaps)),
	newForgettingPublisher,
	redis.NewRateLimiter,
	wire.Bind(new(platform.RateLimiter), new(*redis.RateLimiter)),
	openS3,
	wire.Bind(new(platform.Objects), new(*blob.Objects)),
	newSMTP,
	wire.Bind(new(outbound.Notifier), new(*mail.SMTP)),
	newProvider,
	wire.Bind(new(platform.Tokens), new(*oidc.Provider)),
	newProductionNeeds,
	noDemo,
)

// buildEmbedded puts the profile together that needs Go alone.
func buildEmbedded(ctx context.Context, s Settings, t *telemetry.Telemetry, clock platform.Clock, gateway gatewayURL) (*service, func(), error) {
	panic(wire.Build(edgeSet, commonSet, embeddedSet))
}

// buildProduction puts the profile together that many processes run side by
// side.
func buildProduction(ctx context.Context, s Settings, t *telemetry.Telemetry, clock platform.Clock, gateway gatewayURL) (*service, func(), error) {
	panic(wire.Build(edgeSet, commonSet, productionSet))
}
