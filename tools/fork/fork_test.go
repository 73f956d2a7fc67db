package main

import (
	"bytes"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
	m, err := parseManifest("generic go.mod\ngeneric a/\nbox-office a/office/\ngeneric a/office/1.sql as a/0.sql\nverbatim LICENSE\ngeneric cmd/\n")
	must(t, err)
	source := tree{
		"go.mod":              {content: []byte("module example.com/portico\n")},
		"LICENSE":             {content: []byte("The Portico authors")},
		"a/portico.txt":       {content: []byte("example.com/portico/a PORTICO_X Portico portico_up\n# fork:drop\noffice\n# fork:keep\nend\n")},
		"a/office/office.txt": {content: []byte("seats")},
		"a/office/1.sql":      {content: []byte("SELECT 1")},
		"cmd/portico/main.go": {content: []byte("package main\n\nvar (\n\tportico = 1 // x\n\tb       = 2 // y\n)\n"), executable: true},
	}
	generic := map[string]string{
		"go.mod":            "module example.org/r\n",
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
	t.Run("begins with the names of a fork", func(t *testing.T) {
		fork := tree{
			"go.mod":      {content: []byte("module example.org/r\n")},
			".fork.json":  {content: []byte(`{"module": "example.org/r", "name": "rooms"}`)},
			"a/rooms.txt": {content: []byte("example.org/r/a ROOMS_X")},
		}
		again, err := transform(fork, m, options{Module: "example.org/d", Name: "desks"})
		must(t, err)
		if got := string(again["a/desks.txt"].content); got != "example.org/d/a DESKS_X" {
			t.Errorf("got %q, want example.org/d/a DESKS_X", got)
		}
	})
	for _, tt := range []struct{ name, file, content, message string }{
		{"the module of the repository", "go.mod", "module example.org/r\n", "names of your own"},
		{"a folder without a module", "go.mod", "", "no go.mod"},
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

func TestAsk(t *testing.T) {
	a := makeCommand{Name: "rooms"}
	var out bytes.Buffer
	a.ask(strings.NewReader(" example.org/rooms \n"), &out)
	if a.Module != "example.org/rooms" || a.Name != "rooms" || strings.Contains(out.String(), "Name of") {
		t.Errorf("got %+v after %q, want only the module asked", a, out.String())
	}
}
