package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

var errSettings = errors.New("invalid settings")

// runTool runs a command of a program named tool, whose settings cannot be loaded.
func runTool(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &Program{
		Service: Service{Command: "tool", Description: "A tool.", Examples: []string{"tool run"}, Load: func([]string) (Profile, error) { return nil, errSettings }},
		Stdout:  &out, Stderr: &errs,
	}
	code = p.run(t.Context(), &struct{ Commands }{}, args)
	return code, out.String(), errs.String()
}

func TestHelp(t *testing.T) {
	for _, command := range []string{"run", "serve", "worker", "migrate", "deadletters", "audit", "config", "health", "version"} {
		t.Run("of "+command+" names the program", func(t *testing.T) {
			code, out, _ := runTool(t, command, "--help")
			if code != 0 || !strings.Contains(out, "tool "+command) || strings.Contains(out, "{program}") {
				t.Errorf("got code %d, want 0 and examples of tool %s:\n%s", code, command, out)
			}
		})
	}
	t.Run("is printed if no command is given", func(t *testing.T) {
		if code, out, _ := runTool(t); code != 0 || !strings.Contains(out, "tool config shows them") {
			t.Errorf("got code %d, want 0 and the help:\n%s", code, out)
		}
	})
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		name, arg string
		code      int
		message   string
	}{
		{"a command that succeeds", "version", 0, ""},
		{"a command that fails", "config", 1, "tool: invalid settings\n"},
		{"an unknown command", "dance", 2, "tool --help lists the commands."},
	} {
		t.Run("after "+tt.name, func(t *testing.T) {
			code, _, errs := runTool(t, tt.arg)
			if code != tt.code || !strings.Contains(errs, tt.message) {
				t.Errorf("got code %d and %q, want %d and %q", code, errs, tt.code, tt.message)
			}
		})
	}
}
