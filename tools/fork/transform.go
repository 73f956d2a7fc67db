package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"maps"
	"regexp"
	"slices"
	"strings"

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

// The names in this repository.
const (
	thisModule = "example.com/portico"
	thisName   = "portico"
)

var validName = regexp.MustCompile(`^[a-z][a-z0-9]{1,29}$`)

func (o options) check() error {
	var errs []error
	if err := module.CheckPath(o.Module); err != nil {
		errs = append(errs, fmt.Errorf("--module: %w: want a path such as example.org/rooms", err))
	}
	if o.Module == thisModule {
		errs = append(errs, fmt.Errorf("--module: %s is the module of this repository: want one of your own", o.Module))
	}
	if !validName.MatchString(o.Name) {
		errs = append(errs, fmt.Errorf("--name: invalid name %q: want 2 to 30 lower-case letters and digits, such as rooms", o.Name))
	}
	return errors.Join(errs...)
}

// transform returns the tree of a fork.
func transform(source tree, m manifest, o options) (tree, error) {
	fork := tree{}
	rename := o.renamer()
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

func (o options) renamer() *strings.Replacer {
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	return strings.NewReplacer(
		thisModule, o.Module,
		strings.ToUpper(thisName), strings.ToUpper(o.Name),
		title(thisName), title(o.Name),
		thisName, o.Name,
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
