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
	PaymentsURL string `env:"PORTICO_PAYMENTS_URL"`
	// SigningKey signs the requests to the payment gateway. If it is empty, they are not
	// signed.
	SigningKey string        `env:"PORTICO_PAYMENTS_SIGNING_KEY" secret:"true"`
	HoldFor    time.Duration `env:"PORTICO_HOLD_FOR" envDefault:"10m"`
	PayWithin  time.Duration `env:"PORTICO_PAY_WITHIN" envDefault:"15m"`
	Limits
}

// Limits restrict the unpaid bookings and payments of each customer, and the drafts of
// each organisation. Zero means no limit.
type Limits struct {
	HoldsPerShow   int `env:"PORTICO_HOLDS_PER_SHOW" envDefault:"4"`
	SeatsPerShow   int `env:"PORTICO_SEATS_PER_SHOW" envDefault:"20"`
	HoldsPerMinute int `env:"PORTICO_HOLDS_PER_MINUTE" envDefault:"30"`
	Payments       int `env:"PORTICO_PAYMENTS_IN_PROGRESS" envDefault:"2"`
	Drafts         int `env:"PORTICO_DRAFTS_PER_ORGANISATION" envDefault:"200"`
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
	p.Want(c.SigningKey == "" || len(c.SigningKey) >= 32, "PORTICO_PAYMENTS_SIGNING_KEY", "the key is too short: want at least 32 bytes")
	for setting, limit := range map[string]int{
		"PORTICO_HOLDS_PER_SHOW": c.HoldsPerShow, "PORTICO_SEATS_PER_SHOW": c.SeatsPerShow,
		"PORTICO_HOLDS_PER_MINUTE": c.HoldsPerMinute, "PORTICO_PAYMENTS_IN_PROGRESS": c.Payments,
		"PORTICO_DRAFTS_PER_ORGANISATION": c.Drafts,
	} {
		p.Want(limit >= 0, setting, "invalid limit %d: want at least 1, or 0 for no limit", limit)
	}
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
