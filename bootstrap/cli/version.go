package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

func (versionCommand) Help() string { return "Examples:\n\n  {program} version" }

func (versionCommand) Run(p *Program) error {
	commit := cmp.Or(p.Commit, builtCommit(), "unknown")
	_, err := fmt.Fprintf(p.Stdout, "%s %s, commit %s, %s\n", p.Command, p.Version, commit, runtime.Version())
	return err
}

// builtCommit returns the commit that the Go command recorded, or "".
func builtCommit() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
