package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version and commit are set by make build, through linker flags.
var (
	version = "dev"
	commit  = ""
)

func versionLine() string {
	c := commit
	if info, ok := debug.ReadBuildInfo(); ok && c == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				c = s.Value
			}
		}
	}
	if c == "" {
		c = "unknown"
	}
	return fmt.Sprintf("portico %s, commit %s, %s", version, c, runtime.Version())
}

type versionCommand struct{}

func (versionCommand) Help() string { return "Examples:\n\n  portico version" }

func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, versionLine())
	return err
}
