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

// arguments are the command line.
type arguments struct {
	Dir           string `arg:"" help:"The folder of the new repository, which must not exist."`
	Module        string `help:"The Go module of the service." placeholder:"example.org/rooms"`
	Name          string `help:"The name of the program; settings, metrics and queues begin with it." placeholder:"rooms"`
	KeepBoxOffice bool   `help:"Keep the box office as an example."`
	DryRun        bool   `help:"Print what would be done, and do nothing."`
}

func (arguments) Help() string {
	return `Run it at the root of a clean clone. Without --module and --name, it asks for them on a terminal.

Without --keep-box-office, what remains are the packages that serve any domain. They build, and go test ./tests/architecture names the rows of ARCHITECTURE.md that no longer hold.

Examples:

  go run ./tools/fork --module example.org/rooms --name rooms ../rooms

  go run ./tools/fork --module example.org/rooms --name rooms --dry-run ../rooms`
}

func main() {
	var a arguments
	kong.Parse(&a, kong.Name("fork"), kong.Description("Make a service of your own from this repository."))
	if isatty.IsTerminal(os.Stdin.Fd()) {
		a.ask(os.Stdin, os.Stdout)
	}
	if err := a.run(".", os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "fork: %v\n", err)
		os.Exit(1)
	}
}

// ask asks for the options that are missing.
func (a *arguments) ask(in io.Reader, out io.Writer) {
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
	// Commit is the commit of this repository from which the fork was made.
	Commit string `json:"commit"`
}

// run forks the repository in source.
func (a *arguments) run(source string, out io.Writer) error {
	o := options{Module: a.Module, Name: a.Name, KeepBoxOffice: a.KeepBoxOffice}
	if err := o.check(); err != nil {
		return err
	}
	if _, err := os.Stat(a.Dir); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists already: name a folder that does not", a.Dir)
	}
	m, err := parseManifest(manifestText)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	files, commit, err := readCommit(source)
	if err != nil {
		return err
	}
	fork, err := transform(files, m, o)
	if err != nil {
		return err
	}
	made, err := json.MarshalIndent(origin{o, commit}, "", "  ")
	if err != nil {
		return err
	}
	fork[originFile] = file{content: append(made, '\n')}
	fmt.Fprintf(out, "%d of %d files make the service %s, module %s.\n", len(fork)-1, len(files), a.Name, a.Module)
	if a.DryRun {
		fmt.Fprintf(out, "Nothing was written, because this is a dry run.\n")
		return nil
	}
	if err := fork.write(a.Dir); err != nil {
		return err
	}
	if !a.KeepBoxOffice {
		fmt.Fprintln(out, "Removing the modules that it does not need.")
		tidy := exec.Command("go", "mod", "tidy") //nolint:noctx // ends by itself
		tidy.Dir = a.Dir
		if text, err := tidy.CombinedOutput(); err != nil {
			return fmt.Errorf("go mod tidy in %s: %w\n%s", a.Dir, err, text)
		}
	}
	if err := commitFork(a.Dir, commit); err != nil {
		return err
	}
	fmt.Fprintf(out, "Committed to the branches main and upstream of %s.\n%s", a.Dir, a.leftToDecide())
	return nil
}

// commitFork makes the first commit of a fork. The branch upstream stays at what this
// repository contains, so that its later changes can be merged.
func commitFork(dir, commit string) error {
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all"},
		{"commit", "--quiet", "--message", "Begin with the template at " + commit},
		{"branch", "upstream"},
	} {
		if _, err := git(dir, args...); err != nil {
			return err
		}
	}
	return nil
}

func (a *arguments) leftToDecide() string {
	return fmt.Sprintf(`
Next:

  cd %s
  make test-short

Left to decide: the licence and its holder (LICENSE), the sender of mails and whom to tell
about a vulnerability (SECURITY.md).
`, filepath.Clean(a.Dir))
}
