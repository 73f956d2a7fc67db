package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// thisRepository returns the tracked files as they are in the working tree.
func thisRepository(t *testing.T) tree {
	t.Helper()
	names, err := git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	must(t, err)
	files := tree{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		content, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		must(t, err)
		files[name] = file{content: content}
	}
	return files
}

func thisManifest(t *testing.T) manifest {
	t.Helper()
	m, err := parseManifest(string(thisRepository(t)[manifestFile].content))
	must(t, err)
	return m
}

func TestManifest(t *testing.T) {
	m, files := thisManifest(t), thisRepository(t)
	t.Run("marks every file", func(t *testing.T) {
		for name := range files {
			if _, ok := m.find(name); !ok && name != originFile {
				t.Errorf("%s is not marked in manifest.txt", name)
			}
		}
	})
	t.Run("marks no file that does not exist", func(t *testing.T) {
		for _, line := range m {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), line.matches) {
				t.Errorf("%s matches no file", line.pattern)
			}
		}
	})
	t.Run("has no line twice", func(t *testing.T) {
		seen := map[string]bool{}
		for _, line := range m {
			if seen[line.pattern] {
				t.Errorf("%s is marked twice", line.pattern)
			}
			seen[line.pattern] = true
		}
	})
	t.Run("agrees with the lists of ARCHITECTURE.md", func(t *testing.T) {
		for list, want := range map[string]kind{"generic": generic, "box-office": boxOffice} {
			_, text, _ := strings.Cut(string(files["ARCHITECTURE.md"].content), "<!-- "+list+":start -->")
			text, _, found := strings.Cut(text, "<!-- "+list+":end -->")
			if !found {
				t.Fatalf("ARCHITECTURE.md has no list %s", list)
			}
			for i, folder := range strings.Split(text, "`") {
				if i%2 == 0 {
					continue
				}
				folder, _ = strings.CutSuffix(folder, "/...")
				for name := range files {
					if path.Dir(name) != folder || path.Ext(name) != ".go" || name == "tools/fork/repository_test.go" {
						continue
					}
					if line, _ := m.find(name); (line.kind == boxOffice) != (want == boxOffice) {
						t.Errorf("%s is %s in manifest.txt, and its folder is in the list %s", name, line.kind, list)
					}
				}
			}
		}
	})
}

// TestForksAreComplete checks what can be checked without a compiler; make check-fork does
// the rest.
func TestForksAreComplete(t *testing.T) {
	for _, keep := range []bool{true, false} {
		t.Run("keeping the box office: "+strconv.FormatBool(keep), func(t *testing.T) {
			files, m := thisRepository(t), thisManifest(t)
			old, err := namesOf(files)
			must(t, err)
			fork, err := transform(files, m, options{Module: "example.org/desks", Name: "desks", KeepBoxOffice: keep})
			must(t, err)
			folders := map[string]bool{}
			for name := range fork {
				folders["example.org/desks/"+path.Dir(name)] = true
			}
			for name, f := range fork {
				if line, _ := m.find(name); line.kind == verbatim {
					continue
				}
				if bytes.Contains(bytes.ToLower(f.content), []byte(old.Name)) || strings.Contains(name, old.Name) {
					t.Errorf("%s contains the old name", name)
				}
				if path.Ext(name) != ".go" || strings.Contains(name, "/testdata/") {
					continue
				}
				parsed, err := parser.ParseFile(token.NewFileSet(), name, f.content, parser.ImportsOnly)
				must(t, err)
				for _, imported := range parsed.Imports {
					folder, _ := strconv.Unquote(imported.Path.Value)
					if strings.HasPrefix(folder, "example.org/desks/") && !folders[folder] {
						t.Errorf("%s imports %s, which is not in the fork", name, folder)
					}
				}
			}
		})
	}
}

// clone returns a repository with one commit of this repository's files.
func clone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, thisRepository(t).write(dir))
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "--all"}, {"-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "All"}} {
		_, err := git(dir, args...)
		must(t, err)
	}
	return dir
}

func TestFork(t *testing.T) {
	withIdentity(t)
	source := clone(t)
	arguments := func(dir string) *makeCommand {
		return &makeCommand{Dir: dir, Module: "example.org/desks", Name: "desks", KeepBoxOffice: true}
	}

	t.Run("commits a renamed copy to main and upstream", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "desks")
		must(t, arguments(dir).run(source, t.Output()))
		for _, branch := range []string{"main", "upstream"} {
			mod, err := git(dir, "show", branch+":go.mod")
			must(t, err)
			if !bytes.HasPrefix(mod, []byte("module example.org/desks\n")) {
				t.Errorf("go.mod of %s begins with %.60q, want the module example.org/desks", branch, mod)
			}
		}
		if changes, err := git(dir, "status", "--porcelain"); err != nil || len(changes) > 0 {
			t.Errorf("git status prints %q, %v, want nothing", changes, err)
		}
		list := exec.Command("go", "list", "./domain/...")
		list.Dir = dir
		if out, err := list.CombinedOutput(); err != nil || !strings.Contains(string(out), "example.org/desks/domain/booking") {
			t.Errorf("go list prints %s, %v", out, err)
		}
	})
	t.Run("writes nothing in a dry run", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "desks")
		a := arguments(dir)
		a.DryRun = true
		must(t, a.run(source, t.Output()))
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("the folder exists after a dry run: %v", err)
		}
	})
	t.Run("refuses a folder that exists", func(t *testing.T) {
		if err := arguments(t.TempDir()).run(source, t.Output()); err == nil || !strings.Contains(err.Error(), "exists already") {
			t.Errorf("got %v, want an error that says that the folder exists", err)
		}
	})
	t.Run("refuses changes that are not committed", func(t *testing.T) {
		must(t, os.WriteFile(filepath.Join(source, "new.txt"), nil, 0o600))
		err := arguments(filepath.Join(t.TempDir(), "desks")).run(source, t.Output())
		if err == nil || !strings.Contains(err.Error(), "not committed") || !strings.Contains(err.Error(), "new.txt") {
			t.Errorf("got %v, want an error that names the change", err)
		}
	})
}
