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

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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
	m, err := parseManifest(manifestText)
	must(t, err)
	return m
}

func TestManifest(t *testing.T) {
	m, files := thisManifest(t), thisRepository(t)
	t.Run("marks every file", func(t *testing.T) {
		for name := range files {
			if _, ok := m.find(name); !ok {
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
					if path.Dir(name) != folder || path.Ext(name) != ".go" {
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

func TestParseManifest(t *testing.T) {
	for _, text := range []string{"generic", "generic a b", "generic a into b", "sometimes a"} {
		t.Run("refuses "+strconv.Quote(text), func(t *testing.T) {
			if m, err := parseManifest("# comment\n\n" + text); err == nil || !strings.Contains(err.Error(), "line 3") {
				t.Errorf("got %v, %v, want an error that names line 3", m, err)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct{ name, module, program, message string }{
		{"no module", "", "rooms", "--module"},
		{"a module without a domain", "rooms", "rooms", "--module"},
		{"the module of this repository", thisModule, "rooms", "one of your own"},
		{"a name with a hyphen", "example.org/rooms", "meeting-rooms", "--name"},
		{"a name with capitals", "example.org/rooms", "Rooms", "--name"},
	} {
		t.Run("refuse "+tt.name, func(t *testing.T) {
			if err := (options{Module: tt.module, Name: tt.program}).check(); err == nil || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("got %v, want an error that contains %s", err, tt.message)
			}
		})
	}
}

func TestTransform(t *testing.T) {
	m, err := parseManifest("generic a/\nbox-office a/office/\ngeneric a/office/1.sql as a/0.sql\nverbatim LICENSE\ngeneric cmd/\n")
	must(t, err)
	source := tree{
		"LICENSE":             {content: []byte("The Portico authors")},
		"a/portico.txt":       {content: []byte("example.com/portico/a PORTICO_X Portico portico_up\n# fork:drop\noffice\n# fork:keep\nend\n")},
		"a/office/office.txt": {content: []byte("seats")},
		"a/office/1.sql":      {content: []byte("SELECT 1")},
		"cmd/portico/main.go": {content: []byte("package main\n\nvar (\n\tportico = 1 // x\n\tb       = 2 // y\n)\n"), executable: true},
	}
	generic := map[string]string{
		"LICENSE":           "The Portico authors",
		"a/rooms.txt":       "example.org/r/a ROOMS_X Rooms rooms_up\nend\n",
		"a/0.sql":           "SELECT 1",
		"cmd/rooms/main.go": "package main\n\nvar (\n\trooms = 1 // x\n\tb     = 2 // y\n)\n",
	}
	kept := maps.Clone(generic)
	delete(kept, "a/0.sql")
	kept["a/office/1.sql"], kept["a/office/office.txt"] = "SELECT 1", "seats"
	kept["a/rooms.txt"] = "example.org/r/a ROOMS_X Rooms rooms_up\noffice\nend\n"

	for _, tt := range []struct {
		name string
		keep bool
		want map[string]string
	}{
		{"removes the box office", false, generic},
		{"keeps the box office if asked to", true, kept},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fork, err := transform(source, m, options{Module: "example.org/r", Name: "rooms", KeepBoxOffice: tt.keep})
			must(t, err)
			got := map[string]string{}
			for name, f := range fork {
				got[name] = string(f.content)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if !fork["cmd/rooms/main.go"].executable {
				t.Error("an executable file is not executable in the fork")
			}
		})
	}
	for _, tt := range []struct{ name, file, content, message string }{
		{"a file that is not marked", "b.txt", "", "b.txt is not marked"},
		{"a block that does not end", "a/b.txt", "# fork:drop\n", "no fork:keep"},
		{"an end without a block", "a/b.txt", "<!-- fork:keep -->\n", "ends no block"},
		{"two files that become one", "a/0.sql", "", "two files become a/0.sql"},
	} {
		t.Run("refuses "+tt.name, func(t *testing.T) {
			changed := maps.Clone(source)
			changed[tt.file] = file{content: []byte(tt.content)}
			if _, err := transform(changed, m, options{Module: "example.org/r", Name: "rooms"}); err == nil || !strings.Contains(err.Error(), tt.message) {
				t.Errorf("got %v, want an error that contains %q", err, tt.message)
			}
		})
	}
}

// TestForksAreComplete checks what can be checked without a compiler; make check-fork does
// the rest.
func TestForksAreComplete(t *testing.T) {
	for _, keep := range []bool{true, false} {
		t.Run("keeping the box office: "+strconv.FormatBool(keep), func(t *testing.T) {
			fork, err := transform(thisRepository(t), thisManifest(t), options{Module: "example.org/rooms", Name: "rooms", KeepBoxOffice: keep})
			must(t, err)
			folders := map[string]bool{}
			for name := range fork {
				folders["example.org/rooms/"+path.Dir(name)] = true
			}
			for name, f := range fork {
				if line, _ := thisManifest(t).find(name); line.kind == verbatim {
					continue
				}
				if bytes.Contains(bytes.ToLower(f.content), []byte(thisName)) || strings.Contains(name, thisName) {
					t.Errorf("%s contains the old name", name)
				}
				if path.Ext(name) != ".go" || strings.Contains(name, "/testdata/") {
					continue
				}
				parsed, err := parser.ParseFile(token.NewFileSet(), name, f.content, parser.ImportsOnly)
				must(t, err)
				for _, imported := range parsed.Imports {
					folder, _ := strconv.Unquote(imported.Path.Value)
					if strings.HasPrefix(folder, "example.org/rooms/") && !folders[folder] {
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
	t.Setenv("GIT_AUTHOR_NAME", "t")
	t.Setenv("GIT_AUTHOR_EMAIL", "t@example.com")
	t.Setenv("GIT_COMMITTER_NAME", "t")
	t.Setenv("GIT_COMMITTER_EMAIL", "t@example.com")
	source := clone(t)
	arguments := func(dir string) *arguments {
		return &arguments{Dir: dir, Module: "example.org/rooms", Name: "rooms", KeepBoxOffice: true}
	}

	t.Run("commits a renamed copy to main and upstream", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "rooms")
		must(t, arguments(dir).run(source, t.Output()))
		for _, branch := range []string{"main", "upstream"} {
			mod, err := git(dir, "show", branch+":go.mod")
			must(t, err)
			if !bytes.HasPrefix(mod, []byte("module example.org/rooms\n")) {
				t.Errorf("go.mod of %s begins with %.60q, want the module example.org/rooms", branch, mod)
			}
		}
		if changes, err := git(dir, "status", "--porcelain"); err != nil || len(changes) > 0 {
			t.Errorf("git status prints %q, %v, want nothing", changes, err)
		}
		list := exec.Command("go", "list", "./domain/...")
		list.Dir = dir
		if out, err := list.CombinedOutput(); err != nil || !strings.Contains(string(out), "example.org/rooms/domain/booking") {
			t.Errorf("go list prints %s, %v", out, err)
		}
	})
	t.Run("writes nothing in a dry run", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "rooms")
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
		err := arguments(filepath.Join(t.TempDir(), "rooms")).run(source, t.Output())
		if err == nil || !strings.Contains(err.Error(), "not committed") || !strings.Contains(err.Error(), "new.txt") {
			t.Errorf("got %v, want an error that names the change", err)
		}
	})
}

func TestAsk(t *testing.T) {
	a := arguments{Name: "rooms"}
	var out bytes.Buffer
	a.ask(strings.NewReader(" example.org/rooms \n"), &out)
	if a.Module != "example.org/rooms" || a.Name != "rooms" || strings.Contains(out.String(), "Name of") {
		t.Errorf("got %+v after %q, want only the module asked", a, out.String())
	}
}
