package main

import (
	"context"

	"example.com/portico/bootstrap"
)

type workerCommand struct{}

func (workerCommand) Help() string {
	return `Relays events, charges, prints, mails and refunds, and lets holds lapse. In the embedded profile one worker runs on a data folder at a time.

Examples:

  PORTICO_OPS_ADDR=:8082 portico worker`
}

func (workerCommand) Run(ctx context.Context, p *program) error {
	return p.serve(ctx, bootstrap.Components{Worker: true})
}
