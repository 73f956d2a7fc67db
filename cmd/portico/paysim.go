package main

import (
	"context"
	"fmt"

	"example.com/portico/bootstrap/cli"
	"example.com/portico/bootstrap/paysim"
)

type paysimCommand struct {
	Addr       string `default:"127.0.0.1:8090" help:"Where to listen."`
	Ledger     string `default:"paysim.jsonl" help:"The file that remembers every charge."`
	Key        string `help:"The password that requests must have; a random one unless given." placeholder:"KEY"`
	SigningKey string `help:"The PORTICO_PAYMENTS_SIGNING_KEY with which requests must be signed; none unless given." placeholder:"KEY"`
}

func (paysimCommand) Help() string {
	return `Simulates a payment gateway; no money moves. The tokens tok_ok, tok_declined, tok_slow, tok_flaky and tok_timeout behave as their names say.

Examples:

  portico paysim --addr 127.0.0.1:8090 --key KEY &

  PORTICO_PAYMENTS_URL=http://portico:KEY@127.0.0.1:8090 portico run`
}

func (c paysimCommand) Run(ctx context.Context, p *cli.Program) error {
	simulator, err := paysim.Listen(ctx, c.Addr, c.Ledger, c.Key, c.SigningKey)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "The payment simulator keeps its ledger in %s. To use it:\n\nPORTICO_PAYMENTS_URL=%s\n", c.Ledger, simulator.URL())
	return simulator.Serve(ctx)
}
