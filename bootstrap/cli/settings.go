package cli

import (
	"fmt"
	"strings"
)

type configCommand struct{}

func (configCommand) Help() string {
	return "Examples:\n\n  {program} config\n\n  PORTICO_LOG_LEVEL=debug {program} config"
}

func (configCommand) Run(p *Program) error {
	profile, err := p.Load(p.Environ)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Stdout, strings.Join(profile.Lines(), "\n"))
	return err
}
