package main

import (
	"fmt"
	"strings"
)

type configCommand struct{}

func (configCommand) Help() string {
	return "Examples:\n\n  portico config\n\n  PORTICO_LOG_LEVEL=debug portico config"
}

func (configCommand) Run(p *program) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, strings.Join(c.Lines(), "\n"))
	return err
}
