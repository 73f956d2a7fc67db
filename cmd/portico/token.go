package main

import (
	"fmt"
	"time"

	"example.com/portico/bootstrap/cli"
	"example.com/portico/bootstrap/embedded"
	"example.com/portico/bootstrap/settings"
	"example.com/portico/domain/role"
)

type tokenCommand struct {
	Role    string        `required:"" enum:"customer,organiser,door" help:"customer, organiser or door."`
	Org     string        `help:"The organisation that an organiser or door staff works for." placeholder:"ORG"`
	Subject string        `help:"Who it is; the role's name unless given. An email address is also where tickets go." placeholder:"ID"`
	For     time.Duration `default:"24h" help:"How long it is good for, at most 720h."`
}

func (tokenCommand) Help() string {
	return `Prints the token and nothing else, signed with the key in the data folder, for a program that uses the same folder.

Examples:

  CUSTOMER=$(portico token --role customer --subject ada@example.com)

  DOOR=$(portico token --role door --org demo)`
}

func (c tokenCommand) Run(p *cli.Program) error {
	conf, err := loadConfig(p.Environ)
	if err != nil {
		return err
	}
	if c.Org == "" && c.Role != string(role.Customer) {
		return fmt.Errorf("--org is needed for the role %s, such as --org %s", c.Role, embedded.DemoOrganisation)
	}
	if conf.Profile == settings.Production {
		return fmt.Errorf("the profile production has no development tokens: request one from %s", conf.Issuer)
	}
	token, err := embedded.DevelopmentToken(conf, c.Role, c.Subject, c.Org, c.For)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Stdout, token)
	return err
}
