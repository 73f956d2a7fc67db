package main

import (
	"context"

	"example.com/portico/bootstrap"
)

type runCommand struct{}

func (runCommand) Help() string {
	return `Needs nothing but a folder to write to. The first time, it makes a demo show. It prints curl commands to try. The commands contain tokens only if the output is a terminal and the API listens on a loopback address. Ctrl-C lets requests and handlers finish; a second one ends at once.

Examples:

  portico run

  PORTICO_HTTP_ADDR=127.0.0.1:9090 PORTICO_DATA_DIR=/tmp/boxoffice portico run`
}

func (runCommand) Run(ctx context.Context, p *program) error {
	return p.serve(ctx, bootstrap.Components{API: true, Worker: true})
}
