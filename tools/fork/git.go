package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// git runs git in a folder and returns what it prints.
func git(dir string, args ...string) ([]byte, error) {
	command := exec.Command("git", args...) //nolint:noctx // ends by itself
	command.Dir = dir
	out, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("git %s: %s", args[0], bytes.TrimSpace(exit.Stderr))
	}
	return out, err
}

// readCommit returns the tracked files of the repository in dir at its current commit. It
// refuses a repository with changes that are not committed.
func readCommit(dir string) (files tree, commit string, err error) {
	changes, err := git(dir, "status", "--porcelain")
	if err != nil {
		return nil, "", err
	}
	if len(changes) > 0 {
		return nil, "", fmt.Errorf("there are changes that are not committed: commit or stash them first\n%s", changes)
	}
	head, err := git(dir, "rev-parse", "HEAD")
	if err != nil {
		return nil, "", err
	}
	archive, err := git(dir, "archive", "--format=tar", "HEAD")
	if err != nil {
		return nil, "", err
	}
	files = tree{}
	for entries := tar.NewReader(bytes.NewReader(archive)); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return files, strings.TrimSpace(string(head)), nil
		}
		if err != nil {
			return nil, "", err
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			return nil, "", err
		}
		files[entry.Name] = file{content: content, executable: entry.Mode&0o100 != 0}
	}
}

// write creates the files in a folder.
func (t tree) write(dir string) error {
	for name, f := range t {
		path, mode := filepath.Join(dir, filepath.FromSlash(name)), fs.FileMode(0o644)
		if f.executable {
			mode = 0o755
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // source code is not secret
			return err
		}
		if err := os.WriteFile(path, f.content, mode); err != nil {
			return err
		}
	}
	return nil
}
