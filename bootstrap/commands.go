package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/domain/role"
)

// commands are what the program can do; kong reads the tags.
type commands struct {
	Run         runCommand         `cmd:"" help:"API and worker in one process."`
	Serve       serveCommand       `cmd:"" help:"The API alone."`
	Worker      workerCommand      `cmd:"" help:"The relay, the reactions and the jobs alone."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database's schema up or down."`
	Token       tokenCommand       `cmd:"" help:"Print a development token."`
	DeadLetters deadLettersCommand `cmd:"" name:"deadletters" help:"What could not be handled: look, replay, discard."`
	Paysim      paysimCommand      `cmd:"" help:"The payment simulator as a process of its own."`
	Config      configCommand      `cmd:"" help:"Print the settings in force, secrets masked."`
	Health      healthCommand      `cmd:"" help:"Ask a running process whether it is ready."`
	Version     versionCommand     `cmd:"" help:"Print version, commit and Go version."`
}

type runCommand struct{}

func (runCommand) Help() string {
	return `Needs nothing but a folder to write to. The first time it makes a demo show, and it prints tokens and curl lines to try. Ctrl-C lets requests and handlers finish; a second one ends at once.

Examples:

  portico run

  PORTICO_HTTP_ADDR=:9090 PORTICO_DATA_DIR=/tmp/boxoffice portico run`
}

func (runCommand) Run(ctx context.Context, p *program) error {
	return serve(ctx, p, roles{api: true, worker: true, demo: true})
}

type serveCommand struct{}

func (serveCommand) Help() string {
	return `What it accepts is carried out by a worker process on the same data.

Examples:

  portico migrate up && portico serve`
}

func (serveCommand) Run(ctx context.Context, p *program) error {
	return serve(ctx, p, roles{api: true})
}

type workerCommand struct{}

func (workerCommand) Help() string {
	return `Relays events, charges, prints, mails and refunds, and lets holds lapse. In the embedded profile one worker runs on a data folder at a time.

Examples:

  PORTICO_OPS_ADDR=:8082 portico worker`
}

func (workerCommand) Run(ctx context.Context, p *program) error {
	return serve(ctx, p, roles{worker: true})
}

type tokenCommand struct {
	Role    string        `required:"" enum:"customer,organiser,door" help:"customer, organiser or door."`
	Org     string        `help:"The organisation that an organiser or door staff works for." placeholder:"ORG"`
	Subject string        `help:"Who it is; the role's name unless given. An email address is also where tickets go." placeholder:"ID"`
	For     time.Duration `default:"24h" help:"How long it is good for."`
}

func (tokenCommand) Help() string {
	return `Prints the token and nothing else, signed with the key in the data folder, for a program that uses the same folder.

Examples:

  CUSTOMER=$(portico token --role customer --subject ada@example.com)

  DOOR=$(portico token --role door --org demo)`
}

func (c tokenCommand) Run(p *program) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	if c.Org == "" && c.Role != string(role.Customer) {
		return fmt.Errorf("--org is needed for the role %s, such as --org %s", c.Role, demoOrganisation)
	}
	issuer, err := profiles[s.Profile].issuer(s)
	if err != nil {
		return err
	}
	token, err := developmentToken(issuer, c.Role, c.Subject, c.Org, c.For)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, token)
	return err
}

type paysimCommand struct {
	Addr   string `default:"127.0.0.1:8090" help:"Where to listen."`
	Ledger string `default:"paysim.jsonl" help:"The file that remembers every charge."`
}

func (paysimCommand) Help() string {
	return `Charges nobody. The tokens tok_ok, tok_declined, tok_slow, tok_flaky and tok_timeout behave as they are called.

Examples:

  portico paysim --addr 127.0.0.1:8090 &

  PORTICO_PAYMENTS_URL=http://127.0.0.1:8090 portico run`
}

func (c paysimCommand) Run(ctx context.Context, p *program) error {
	simulator, err := payments.OpenSimulator(c.Ledger)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", c.Addr, err), simulator.Close())
	}
	fmt.Fprintf(p.stdout, "The payment simulator listens on http://%s; its ledger is %s.\n", listener.Addr(), c.Ledger)
	return serveSimulator(ctx, listener, simulator)
}

type configCommand struct{}

func (configCommand) Help() string {
	return "Examples:\n\n  portico config\n\n  PORTICO_LOG_LEVEL=debug portico config"
}

func (configCommand) Run(p *program) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, strings.Join(s.Lines(), "\n"))
	return err
}

type healthCommand struct{}

func (healthCommand) Help() string {
	return "Exits with 0 when the process at PORTICO_OPS_ADDR is ready, otherwise with 1.\n\nExamples:\n\n  portico health && echo ready"
}

func (healthCommand) Run(ctx context.Context, p *program) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, localURL(s.OpsAddr)+"/health", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: is it running?", s.OpsAddr)
	}
	defer response.Body.Close()
	if _, err := io.Copy(p.stdout, io.LimitReader(response.Body, 1<<16)); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New("not ready")
	}
	return nil
}

type versionCommand struct{}

func (versionCommand) Help() string { return "Examples:\n\n  portico version" }

func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, versionLine())
	return err
}
