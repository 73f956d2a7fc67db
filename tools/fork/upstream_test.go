package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withIdentity lets git commit on a machine on which it is not configured.
func withIdentity(t *testing.T) {
	t.Helper()
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"} {
		t.Setenv(name, "Test")
	}
	for _, name := range []string{"GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "test@example.com")
	}
}

// change writes files and commits them. An empty text deletes a file.
func change(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if text == "" {
			must(t, os.Remove(path))
			continue
		}
		must(t, tree{name: {content: []byte(text)}}.write(dir))
	}
	must(t, commitAll(dir, "Change"))
}

// forkOfATemplate makes a small template and a fork of it.
func forkOfATemplate(t *testing.T) (template, fork string) {
	t.Helper()
	withIdentity(t)
	template, fork = t.TempDir(), filepath.Join(t.TempDir(), "rooms")
	_, err := git(template, "init", "--quiet", "--initial-branch=main")
	must(t, err)
	change(t, template, map[string]string{
		manifestFile: "generic a/\ngeneric go.mod\nverbatim tools/\n",
		"go.mod":     "module example.com/portico\n",
		"a/one.txt":  "portico 1\n",
		"a/two.txt":  "portico 2\n",
		"a/old.txt":  "old\n",
	})
	command := &makeCommand{Dir: fork, Module: "example.org/rooms", Name: "rooms", KeepBoxOffice: true}
	must(t, command.run(template, t.Output()))
	return template, fork
}

func wantFile(t *testing.T, dir, name, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, name))
	if want == "" && os.IsNotExist(err) {
		return
	}
	if string(got) != want {
		t.Errorf("%s contains %q, want %q", name, got, want)
	}
}

func TestUpstream(t *testing.T) {
	t.Run("takes changes, new files and deletions", func(t *testing.T) {
		template, fork := forkOfATemplate(t)
		change(t, fork, map[string]string{"a/own.txt": "own\n"})
		change(t, template, map[string]string{"a/one.txt": "portico 1, mended\n", "a/new.txt": "Portico is new\n", "a/old.txt": ""})
		must(t, upstreamCommand{}.run(fork, t.Output()))
		wantFile(t, fork, "a/one.txt", "rooms 1, mended\n")
		wantFile(t, fork, "a/new.txt", "Rooms is new\n")
		wantFile(t, fork, "a/old.txt", "")
		wantFile(t, fork, "a/own.txt", "own\n")

		var out bytes.Buffer
		must(t, upstreamCommand{}.run(fork, &out))
		if !strings.HasPrefix(out.String(), "Nothing to do") {
			t.Errorf("the second run prints %q, want that there is nothing to do", out.String())
		}
	})
	t.Run("keeps files deleted that the fork deleted", func(t *testing.T) {
		template, fork := forkOfATemplate(t)
		change(t, fork, map[string]string{"a/two.txt": ""})
		change(t, template, map[string]string{"a/one.txt": "portico 1, mended\n", "a/two.txt": "portico 2, mended\n"})
		must(t, upstreamCommand{}.run(fork, t.Output()))
		wantFile(t, fork, "a/one.txt", "rooms 1, mended\n")
		wantFile(t, fork, "a/two.txt", "")
		if changes, err := git(fork, "status", "--porcelain"); err != nil || len(changes) > 0 {
			t.Errorf("git status prints %q, %v, want nothing", changes, err)
		}
	})
	t.Run("lists the files that conflict", func(t *testing.T) {
		template, fork := forkOfATemplate(t)
		change(t, fork, map[string]string{"a/one.txt": "rooms 1, of our own\n", "a/two.txt": ""})
		change(t, template, map[string]string{"a/one.txt": "portico 1, mended\n", "a/two.txt": "portico 2, mended\n"})
		err := upstreamCommand{}.run(fork, t.Output())
		if err == nil || !strings.Contains(err.Error(), "a/one.txt\n") || strings.Contains(err.Error(), "a/two.txt") {
			t.Errorf("got %v, want an error that names only a/one.txt", err)
		}
		must(t, tree{"a/one.txt": {content: []byte("rooms 1, both\n")}}.write(fork))
		must(t, commitAll(fork, "Take the template"))
		wantFile(t, fork, "a/two.txt", "")
	})
	t.Run("refuses changes that are not committed", func(t *testing.T) {
		_, fork := forkOfATemplate(t)
		must(t, tree{"a/own.txt": {content: []byte("own\n")}}.write(fork))
		if err := (upstreamCommand{}).run(fork, t.Output()); err == nil || !strings.Contains(err.Error(), "not committed") {
			t.Errorf("got %v, want an error that says so", err)
		}
	})
	t.Run("refuses a repository that is no fork", func(t *testing.T) {
		template, _ := forkOfATemplate(t)
		if err := (upstreamCommand{}).run(template, t.Output()); err == nil || !strings.Contains(err.Error(), originFile) {
			t.Errorf("got %v, want an error that names %s", err, originFile)
		}
	})
}
