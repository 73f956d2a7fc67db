package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/portico/bootstrap"
)

type healthCommand struct{}

func (healthCommand) Help() string {
	return "Exits with 0 when the process at PORTICO_OPS_ADDR is ready, otherwise with 1.\n\nExamples:\n\n  {program} health && echo ready"
}

func (healthCommand) Run(ctx context.Context, p *Program) error {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	opsAddr := profile.Shared().OpsAddr
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, bootstrap.LocalURL(opsAddr)+"/health", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("nothing answers at %s: is it running?", opsAddr)
	}
	defer response.Body.Close()
	if _, err := io.Copy(p.Stdout, io.LimitReader(response.Body, 1<<16)); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New("not ready")
	}
	return nil
}
