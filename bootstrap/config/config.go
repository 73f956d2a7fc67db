// Package config holds the settings of the box office: those that all services share, and
// those that only the box office has.
package config

import (
	"fmt"
	"path/filepath"
	"time"

	"example.com/portico/bootstrap/settings"
)

// Config holds all settings. docs/settings.md describes each.
type Config struct {
	settings.Settings
	PaymentsURL string        `env:"PORTICO_PAYMENTS_URL"`
	HoldFor     time.Duration `env:"PORTICO_HOLD_FOR" envDefault:"10m"`
	PayWithin   time.Duration `env:"PORTICO_PAY_WITHIN" envDefault:"15m"`
}

// Load reads and checks the settings, as [settings.Load] does. unverifiedHosts
// returns the hosts to which a database URL may connect without TLS that verifies the
// server.
func Load(environ []string, dotenv string, unverifiedHosts func(databaseURL string) []string) (Config, error) {
	var c Config
	err := settings.Load(environ, dotenv, &c, func() settings.Problems {
		c.SetDefaults()
		return c.check(unverifiedHosts)
	})
	if err != nil {
		return Config{}, err
	}
	if c.DataDir, err = filepath.Abs(c.DataDir); err != nil {
		return Config{}, fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	return c, nil
}

// Lines returns all settings as NAME=value, with secrets masked.
func (c Config) Lines() []string { return settings.Lines(&c) }

func (c *Config) check(unverifiedHosts func(string) []string) settings.Problems {
	p := c.Check()
	p.Want(c.HoldFor >= time.Second, "PORTICO_HOLD_FOR", "%s is too short: want at least 1s", c.HoldFor)
	p.Want(c.PayWithin >= time.Second, "PORTICO_PAY_WITHIN", "%s is too short: want at least 1s", c.PayWithin)
	if c.Profile == settings.Production {
		payments := settings.Server{
			Setting: "PORTICO_PAYMENTS_URL", URL: c.PaymentsURL, Schemes: []string{"https", "http"},
			Example: "https://payments.example", Exposed: settings.ExposedBy("http"),
		}
		return append(p, c.CheckProduction(append(c.List(unverifiedHosts), payments))...)
	}
	p.Want(c.PaymentsURL == "" || settings.IsHTTPURL(c.PaymentsURL), "PORTICO_PAYMENTS_URL", "want a URL such as https://payments.example")
	return append(p, settings.OnlyFor(c.Profile, c)...)
}
