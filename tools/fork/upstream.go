package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// upstreamCommand takes later changes of the template into a fork.
type upstreamCommand struct {
	From string `arg:"" optional:"" help:"The repository of the template, a URL or a folder; the one from which the fork was made unless given."`
}

func (upstreamCommand) Help() string {
	return `Run it at the root of a fork, on the branch that takes the changes. It makes the same fork of the template's newest commit again, commits it to the branch upstream, and merges that. Files that the fork deleted stay deleted. If files conflict, it lists them; resolve them as in any merge.

Examples:

  go run ./tools/fork upstream`
}

func (c upstreamCommand) Run() error { return c.run(".", os.Stdout) }

func (c upstreamCommand) run(fork string, out io.Writer) (err error) {
	files, _, err := readCommit(fork)
	if err != nil {
		return err
	}
	made, ok := files[originFile]
	if !ok {
		return fmt.Errorf("there is no %s: run this at the root of a fork", originFile)
	}
	var o origin
	if err := json.Unmarshal(made.content, &o); err != nil {
		return fmt.Errorf("%s: %w", originFile, err)
	}
	if c.From != "" {
		o.Source = c.From
	}
	scratch, err := os.MkdirTemp("", "fork")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	template := filepath.Join(scratch, "template")
	if _, err := git(fork, "clone", "--quiet", "--", o.Source, template); err != nil {
		return err
	}
	next, commit, err := forkOf(template, o.options)
	if err != nil {
		return err
	}
	if commit == o.Commit {
		fmt.Fprintln(out, "Nothing to do: the fork has the newest commit of the template.")
		return nil
	}
	o.Commit = commit
	if err := next.add(o); err != nil {
		return err
	}
	if err := replaceBranch(fork, filepath.Join(scratch, "upstream"), next, o); err != nil {
		return err
	}
	return merge(fork, out)
}

// replaceBranch commits the files to the branch upstream. It uses a work tree of its own.
func replaceBranch(fork, workTree string, files tree, o origin) (err error) {
	if _, err := git(fork, "worktree", "add", "--quiet", "--force", workTree, "upstream"); err != nil {
		return err
	}
	defer func() {
		_, removed := git(fork, "worktree", "remove", "--force", workTree)
		err = errors.Join(err, removed)
	}()
	if _, err := git(workTree, "rm", "--quiet", "-r", "."); err != nil {
		return err
	}
	if err := files.write(workTree); err != nil {
		return err
	}
	if err := tidy(workTree, o.options); err != nil {
		return err
	}
	return commitAll(workTree, "Take the template at "+o.Commit)
}

// merge merges the branch upstream. Files that the fork deleted stay deleted.
func merge(fork string, out io.Writer) error {
	_, conflict := git(fork, "merge", "--quiet", "--no-edit", "upstream")
	if conflict == nil {
		fmt.Fprintln(out, "Merged the branch upstream.")
		return nil
	}
	status, err := git(fork, "status", "--porcelain")
	if err != nil {
		return err
	}
	var open []string
	for line := range strings.Lines(string(status)) {
		state, name := line[:2], strings.TrimSpace(line[3:])
		switch state {
		case "DU": // deleted by the fork, and changed by the template
			if _, err := git(fork, "rm", "--quiet", name); err != nil {
				return err
			}
		case "UD", "UU", "AA", "AU", "UA", "DD":
			open = append(open, name)
		}
	}
	switch _, err := git(fork, "rev-parse", "--verify", "--quiet", "MERGE_HEAD"); {
	case err != nil: // the merge did not begin
		return conflict
	case len(open) > 0:
		return fmt.Errorf("these files conflict:\n  %s\nresolve them, then run git add and git commit", strings.Join(open, "\n  "))
	}
	if _, err := git(fork, "commit", "--quiet", "--no-edit"); err != nil {
		return err
	}
	fmt.Fprintln(out, "Merged the branch upstream.")
	return nil
}
