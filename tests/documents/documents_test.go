// Package documents checks the Markdown files. Links must resolve. All make targets,
// commands, settings and tests named in the files must exist.
package documents

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheDocumentsAreTrue(t *testing.T) {
	r, err := read(os.DirFS("../.."), porticoCommands(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			for _, problem := range c.run(r) {
				t.Error(problem)
			}
		})
	}
}

// porticoCommands reads the commands from the program's help.
func porticoCommands(t *testing.T) []string {
	t.Helper()
	command := exec.Command("go", "run", "./cmd/portico", "--help")
	command.Dir = "../.."
	command.Stderr = os.Stderr
	help, err := command.Output()
	if err != nil {
		t.Fatalf("portico --help: %v", err)
	}
	commands := commandsOf(string(help))
	if len(commands) == 0 {
		t.Fatalf("portico --help lists no commands:\n%s", help)
	}
	return commands
}

var listedCommand = regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)*)`)

// commandsOf parses the commands in a help text.
func commandsOf(help string) []string {
	_, list, _ := strings.Cut(help, "\nCommands:\n")
	var commands []string
	for _, m := range listedCommand.FindAllStringSubmatch(list, -1) {
		commands = append(commands, m[1])
	}
	return commands
}

const sampleHelp = `Usage: portico <command> [flags]

A ticket box office.

Flags:
  -h, --help    Show context-sensitive help.

Commands:
  run [flags]
    API and worker in one process.

  migrate up [flags]
    Bring the schema up to date.

  migrate status [flags]
    Say how far it is.

  token --role=STRING [flags]
    Print a development token.

Run "portico <command> --help" for more information on a command.
`

func TestCommandsAreParsedFromHelp(t *testing.T) {
	want := []string{"run", "migrate up", "migrate status", "token"}
	if got := commandsOf(sampleHelp); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCorrectDocumentsPass(t *testing.T) {
	for _, c := range checks {
		for _, problem := range c.run(sample(t, "README.md", "")) {
			t.Errorf("%s: %s", c.name, problem)
		}
	}
}

func TestEveryCheckFindsProblems(t *testing.T) {
	seen := map[string]bool{}
	for _, broken := range []struct {
		check, file, more, want string
	}{
		{"links resolve", "README.md", "[gone](docs/gone.md)", "links to docs/gone.md, which does not exist"},
		{"links resolve", "README.md", "[![gone](gone.png)](docs/settings.md)", "links to gone.png, which does not exist"},
		{"links resolve", "README.md", "see [gone]\n\n[gone]: gone.md", "links to gone.md, which does not exist"},
		{"links resolve", "README.md", `<img src="gone.svg">`, "links to gone.svg, which does not exist"},
		{"links resolve", "README.md", "[above](../above.md)", "links to ../above.md, which does not exist"},
		{"links resolve", "README.md", "[here](#nowhere)", "links to #nowhere, which is not a place in README.md"},
		{"links resolve", "README.md", "[there](docs/settings.md#nowhere)", "links to docs/settings.md#nowhere, which is not a place in docs/settings.md"},
		{"links resolve", "README.md", "[a line](Makefile#L100)", "links to Makefile#L100, which is not a place in Makefile"},
		{"make targets exist", "README.md", "`make coffee`", "make coffee is not a target of the Makefile"},
		{"make targets exist", "README.md", "```sh\ncd x && V=1 make test coffee # hot\n```", "make coffee is not a target of the Makefile"},
		{"make targets exist", "README.md", "```console\n$ make coffee\n```", "make coffee is not a target of the Makefile"},
		{"portico commands exist", "README.md", "`portico dance`", "portico dance is not a command"},
		{"portico commands exist", "README.md", "```\ngo run ./cmd/portico dance\n```", "portico dance is not a command"},
		{"portico commands exist", "README.md", "`bin/portico migrate sideways`", "portico migrate sideways is not a command"},
		{"portico commands exist", "README.md", "| `portico migrate up\\|sideways` |", "portico migrate sideways is not a command"},
		{"settings exist", "README.md", "PORTICO_COLOUR=red", "PORTICO_COLOUR is not read by bootstrap"},
		{"settings exist", "README.md", "all of `PORTICO_OIDC_*`", "PORTICO_OIDC_* is not read by bootstrap"},
		{"every setting is documented", "bootstrap/settings.go", "var _ struct { Level string `env:\"PORTICO_LOG_LEVEL\"` }", "docs/settings.md: does not have PORTICO_LOG_LEVEL"},
		{"tests exist", "README.md", "`TestNothing`", "TestNothing is not a test"},
		{"tests exist", "README.md", "`TestHold/pays_for_itself`", "TestHold/pays_for_itself: no test has the subtest pays_for_itself"},
	} {
		seen[broken.check] = true
		t.Run(broken.check+"/"+broken.want, func(t *testing.T) {
			r := sample(t, broken.file, broken.more)
			for _, c := range checks {
				problems := c.run(r)
				switch {
				case c.name != broken.check && len(problems) > 0:
					t.Errorf("check %q found %q, want nothing", c.name, problems)
				case c.name == broken.check && (len(problems) != 1 || !strings.HasSuffix(problems[0], broken.want)):
					t.Errorf("got %q, want %q", problems, broken.want)
				}
			}
		})
	}
	for _, c := range checks {
		if !seen[c.name] {
			t.Errorf("no case makes the check %q fail, want one", c.name)
		}
	}
}

// sample appends text to one file of a small correct repository, and returns the
// repository.
func sample(t *testing.T, file, more string) *repository {
	t.Helper()
	files := fstest.MapFS{}
	for name, content := range map[string]string{
		"README.md":             sampleReadme,
		"docs/settings.md":      "# Settings\n\n## `PORTICO_HTTP_ADDR`\n\nSee [what it is](../README.md#what-it-is-1), [the top](/README.md).\n",
		"Makefile":              "GENERATE := x\n\n.PHONY: test\ntest: ## test\n\tgo test ./...\n\ncheck-docs:\n\ttrue\n",
		"bootstrap/settings.go": "package bootstrap\n\ntype Settings struct {\n\tAddr string `env:\"PORTICO_HTTP_ADDR\"`\n}\n",
		"domain/hold_test.go":   "package domain\n\nfunc TestHold(t *testing.T) {\n\tt.Run(\"refuses a seat that is taken\", nil)\n}\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	files[file].Data = append(files[file].Data, more+"\n"...)
	r, err := read(files, commandsOf(sampleHelp))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var sampleReadme = strings.ReplaceAll(`# Sample

## What it is

[Settings](docs/settings.md#portico_http_addr), [here](#what-it-is), [a line](Makefile#L4),
[a folder](docs), [another site](https://example.com/gone.md), [named](#named) <a id="named"></a>.
'[not](a-link)', 'PORTICO_*', 'TestHold/refuses_a_seat_that_is_taken', 'portico
run', 'portico COMMAND', 'portico migrate up|status', 'make TARGET'.

## What it is

'''sh
make test check-docs V=1 # make it all
PORTICO_HTTP_ADDR=:80 go run ./cmd/portico run --help
portico token --role customer | make -s test
'''

'''go
make := [](gone)
'''

`, "'", "`")
