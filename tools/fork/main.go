// Command fork makes a service of your own from this repository: it copies the tracked
// files, renames the module and the program, and commits the result to a new repository.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
)

// commands are the command line.
type commands struct {
	Make     makeCommand     `cmd:"" default:"withargs" help:"Make a fork (the default)."`
	Upstream upstreamCommand `cmd:"" help:"In a fork, take later changes of the template."`
}

// makeCommand makes a fork.
type makeCommand struct {
	Dir           string `arg:"" help:"The folder of the new repository, which must not exist."`
	Module        string `help:"The Go module of the service." placeholder:"example.org/rooms"`
	Name          string `help:"The name of the program; settings, metrics and queues begin with it." placeholder:"rooms"`
	KeepBoxOffice bool   `help:"Keep the box office as an example."`
	DryRun        bool   `help:"Print what would be done, and do nothing."`
}

func (makeCommand) Help() string {
	return `Run it at the root of a clean clone. Without --module and --name, it asks for them on a terminal.

Without --keep-box-office, what remains are the packages that serve any domain. They build, but there is no program yet, and go test ./tests/architecture ./tests/documents names what no longer holds in the documents.

Examples:

  go run ./tools/fork --module example.org/rooms --name rooms ../rooms

  go run ./tools/fork --module example.org/rooms --name rooms --dry-run ../rooms`
}

func main() {
	parser := kong.Parse(&commands{}, kong.Name("fork"), kong.Description("Make a service of your own from this repository."))
	if err := parser.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "fork: %v\n", err)
		os.Exit(1)
	}
}

func (a *makeCommand) Run() error {
	if isatty.IsTerminal(os.Stdin.Fd()) {
		a.ask(os.Stdin, os.Stdout)
	}
	return a.run(".", os.Stdout)
}

// ask asks for the options that are missing.
func (a *makeCommand) ask(in io.Reader, out io.Writer) {
	answers := bufio.NewScanner(in)
	for _, question := range []struct {
		text   string
		answer *string
	}{
		{"Module of the service, such as example.org/rooms: ", &a.Module},
		{"Name of the program, such as rooms: ", &a.Name},
	} {
		if *question.answer == "" {
			fmt.Fprint(out, question.text)
			answers.Scan()
			*question.answer = strings.TrimSpace(answers.Text())
		}
	}
}

// originFile is the file of a fork that says how it was made.
const originFile = ".fork.json"

// origin is the content of originFile.
type origin struct {
	options
	// Source is the repository of the template, and Commit is the commit of which this is a
	// fork.
	Source string `json:"source"`
	Commit string `json:"commit"`
}

// run forks the repository in source.
func (a *makeCommand) run(source string, out io.Writer) error {
	o := options{Module: a.Module, Name: a.Name, KeepBoxOffice: a.KeepBoxOffice}
	if err := o.check(); err != nil {
		return err
	}
	if _, err := os.Stat(a.Dir); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already: name a folder that does not", a.Dir)
	}
	fork, commit, err := forkOf(source, o)
	if err != nil {
		return err
	}
	from, err := sourceOf(source)
	if err != nil {
		return err
	}
	if err := fork.add(origin{o, from, commit}); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d files make the service %s, module %s.\n", len(fork), a.Name, a.Module)
	if a.DryRun {
		fmt.Fprintf(out, "Nothing was written, because this is a dry run.\n")
		return nil
	}
	if err := fork.write(a.Dir); err != nil {
		return err
	}
	if err := tidy(a.Dir, o); err != nil {
		return err
	}
	if _, err := git(a.Dir, "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	if err := commitAll(a.Dir, "Begin with the template at "+commit); err != nil {
		return err
	}
	if _, err := git(a.Dir, "branch", "upstream"); err != nil {
		return err
	}
	fmt.Fprintf(out, "Committed to the branches main and upstream of %s.\n%s", a.Dir, a.leftToDecide())
	return nil
}

// forkOf returns the fork of a repository's current commit, by the repository's own
// manifest.
func forkOf(source string, o options) (fork tree, commit string, err error) {
	files, commit, err := readCommit(source)
	if err != nil {
		return nil, "", err
	}
	m, err := parseManifest(string(files[manifestFile].content))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", manifestFile, err)
	}
	fork, err = transform(files, m, o)
	return fork, commit, err
}

// sourceOf returns where others find the repository: its remote, or its folder.
func sourceOf(dir string) (string, error) {
	if remote, err := git(dir, "remote", "get-url", "origin"); err == nil {
		return strings.TrimSpace(string(remote)), nil
	}
	return filepath.Abs(dir)
}

// add adds the file that says how the fork was made.
func (t tree) add(o origin) error {
	made, err := json.MarshalIndent(o, "", "  ")
	t[originFile] = file{content: append(made, '\n')}
	return err
}

// tidy removes the modules that a fork without the box office does not need.
func tidy(dir string, o options) error {
	if o.KeepBoxOffice {
		return nil
	}
	command := exec.Command("go", "mod", "tidy") //nolint:noctx // ends by itself
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod tidy: %w\n%s", err, out)
	}
	return nil
}

func commitAll(dir, message string) error {
	if _, err := git(dir, "add", "--all"); err != nil {
		return err
	}
	_, err := git(dir, "commit", "--quiet", "--message", message)
	return err
}

func (a *makeCommand) leftToDecide() string {
	test := "make test-short"
	if !a.KeepBoxOffice {
		test = "go test -short ./...   # what no longer holds in the documents fails"
	}
	return fmt.Sprintf(`
Next:

  cd %s
  %s

Left to decide: the licence and its holder (LICENSE), the sender of mails and whom to tell
about a vulnerability (SECURITY.md).
`, filepath.Clean(a.Dir), test)
}
