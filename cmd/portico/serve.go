package main

import (
	"context"

	"example.com/portico/bootstrap"
)

type serveCommand struct{}

func (serveCommand) Help() string {
	return `What it accepts is carried out by a worker process on the same data.

Examples:

  portico migrate up && portico serve`
}

func (serveCommand) Run(ctx context.Context, p *program) error {
	return p.serve(ctx, bootstrap.Components{API: true})
}
