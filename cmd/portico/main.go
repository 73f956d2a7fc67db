// Command portico is the box office: its API, its worker, and tools for its operators.
package main

import (
	"context"
	_ "time/tzdata" // small containers have no time zone files

	"example.com/portico/bootstrap/cli"
	"example.com/portico/bootstrap/config"
	"example.com/portico/bootstrap/embedded"
	"example.com/portico/bootstrap/production"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/ports/inbound"
)

// version and commit are set by make build, through linker flags.
var (
	version = "dev"
	commit  = ""
)

// memoryLimit is the default of GOMEMLIMIT in the embedded profile, in bytes. The largest
// seat maps allocate blocks of 8 MiB and more. Without a limit, the garbage collector
// would leave many of them unused before it runs. The production profile has no default,
// because a process may need more memory for its connections.
const memoryLimit = 64 << 20

type commands struct {
	cli.Commands
	Token    tokenCommand    `cmd:"" help:"Print a development token."`
	Payments paymentsCommand `cmd:"" help:"List, show, confirm or refund payments whose outcome is overdue."`
	Paysim   paysimCommand   `cmd:"" help:"Run the payment simulator as a process of its own."`
}

func main() {
	cli.Main(cli.Service{
		Command: "portico", Title: "Portico", Version: version, Commit: commit,
		Description: "A ticket box office: shows, seats, payments, tickets.",
		Examples:    []string{"portico run", "portico token --role customer", "portico deadletters list"},
		MemoryLimit: memoryLimit,
		Load:        func(environ []string) (cli.Profile, error) { return load(environ) },
	}, &commands{})
}

// profile is the box office in one profile.
type profile interface {
	cli.Profile
	OpenOperators(context.Context) (_ inbound.OperatorUseCases, closeAll func() error, err error)
}

func load(environ []string) (profile, error) {
	c, err := loadConfig(environ)
	if err != nil {
		return nil, err
	}
	if c.Profile == settings.Production {
		return production.Profile{Config: c}, nil
	}
	return embedded.Profile{Config: c}, nil
}

func loadConfig(environ []string) (config.Config, error) {
	return config.Load(environ, ".env", production.UnverifiedHosts)
}
