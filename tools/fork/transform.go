package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// file is one file of a tree.
type file struct {
	content    []byte
	executable bool
}

// tree contains files by their path, which uses slashes.
type tree map[string]file

// options describe a fork.
type options struct {
	Module string `json:"module"`
	// Name is the name of the program. Settings, metrics and queues begin with it.
	Name string `json:"name"`
	// KeepBoxOffice keeps the box office as an example.
	KeepBoxOffice bool `json:"keepBoxOffice"`
}

// namesOf returns the module and the program of a repository. A fork of a fork begins with
// the names of the fork.
func namesOf(source tree) (options, error) {
	names := options{Module: modfile.ModulePath(source["go.mod"].content), Name: "portico"}
	if names.Module == "" {
		return options{}, errors.New("there is no go.mod: run this at the root of the repository")
	}
	made, ok := source[originFile]
	if !ok {
		return names, nil
	}
	var fork origin
	if err := json.Unmarshal(made.content, &fork); err != nil {
		return options{}, fmt.Errorf("%s: %w", originFile, err)
	}
	return fork.options, nil
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9]{1,29}$`)

func (o options) check() error {
	var errs []error
	if err := module.CheckPath(o.Module); err != nil {
		errs = append(errs, fmt.Errorf("--module: %w: want a path such as example.org/rooms", err))
	}
	if !validName.MatchString(o.Name) {
		errs = append(errs, fmt.Errorf("--name: invalid name %q: want 2 to 30 lower-case letters and digits, such as rooms", o.Name))
	}
	return errors.Join(errs...)
}

// transform returns the tree of a fork.
func transform(source tree, m manifest, o options) (tree, error) {
	old, err := namesOf(source)
	if err != nil {
		return nil, err
	}
	if o.Module == old.Module || o.Name == old.Name {
		return nil, fmt.Errorf("module %s and name %s are those of this repository: want names of your own", old.Module, old.Name)
	}
	fork := tree{}
	rename := o.renamer(old)
	for _, name := range slices.Sorted(maps.Keys(source)) {
		if name == originFile {
			continue // the fork has its own
		}
		line, ok := m.find(name)
		if !ok {
			return nil, fmt.Errorf("%s is not marked in tools/fork/manifest.txt", name)
		}
		if line.kind == boxOffice && !o.KeepBoxOffice {
			continue
		}
		f, target := source[name], name
		if !o.KeepBoxOffice {
			target = line.target(name)
		}
		if line.kind != verbatim && !bytes.ContainsRune(f.content, 0) {
			content, err := dropBlocks(f.content, o.KeepBoxOffice)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			f.content, target = []byte(rename.Replace(string(content))), rename.Replace(target)
			if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/testdata/") {
				if f.content, err = format.Source(f.content); err != nil { // names of other lengths change the alignment
					return nil, fmt.Errorf("%s: %w", target, err)
				}
			}
		}
		if _, exists := fork[target]; exists {
			return nil, fmt.Errorf("two files become %s", target)
		}
		fork[target] = f
	}
	return fork, nil
}

func (o options) renamer(old options) *strings.Replacer {
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return strings.NewReplacer(
		old.Module, o.Module,
		strings.ToUpper(old.Name), strings.ToUpper(o.Name),
		title(old.Name), title(o.Name),
		old.Name, o.Name,
	)
}

// Comments with these texts enclose what a fork without the box office does not need.
const (
	blockStart = "fork:drop"
	blockEnd   = "fork:keep"
)

// dropBlocks removes the lines that mark blocks and, unless keep is true, the blocks.
func dropBlocks(content []byte, keep bool) ([]byte, error) {
	var kept []byte
	inside := false
	for line := range bytes.Lines(content) {
		comment := string(bytes.Trim(line, "#/<!-> \t\n"))
		starts, ends := comment == blockStart, comment == blockEnd
		switch {
		case starts && inside:
			return nil, errors.New("a block of fork:drop contains another")
		case ends && !inside:
			return nil, errors.New("fork:keep ends no block")
		case starts || ends:
			inside = starts
		case keep || !inside:
			kept = append(kept, line...)
		}
	}
	if inside {
		return nil, errors.New("a block of fork:drop has no fork:keep")
	}
	return kept, nil
}
