package main

import (
	"bufio"
	"fmt"
	"path"
	"strings"
)

// kind says what a fork does with a file.
type kind string

const (
	generic   kind = "generic"    // stays
	boxOffice kind = "box-office" // is removed, unless the fork keeps the box office
	verbatim  kind = "verbatim"   // stays, and is not renamed
)

// manifestFile is the manifest of a repository.
const manifestFile = "tools/fork/manifest.txt"

// manifest marks the files of the repository.
type manifest []mark

// mark is one line of a manifest.
type mark struct {
	kind    kind
	pattern string // a file, or a folder that ends with a slash
	place   string // where the file goes if the box office is removed; empty if it stays in place
}

// parseManifest reads lines such as "generic adapters/" or "generic a.sql as b.sql". A
// line that begins with # is a comment.
func parseManifest(text string) (manifest, error) {
	var m manifest
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 2 && (len(fields) != 4 || fields[2] != "as") {
			return nil, fmt.Errorf("line %d: want KIND PATTERN or KIND PATTERN as PLACE", n)
		}
		line := mark{kind: kind(fields[0]), pattern: fields[1]}
		if len(fields) == 4 {
			line.place = fields[3]
		}
		switch line.kind {
		case generic, boxOffice, verbatim:
		default:
			return nil, fmt.Errorf("line %d: unknown kind %q: want %s, %s or %s", n, line.kind, generic, boxOffice, verbatim)
		}
		m = append(m, line)
	}
	return m, lines.Err()
}

// find returns the mark of a file: the one with the longest pattern that matches.
func (m manifest) find(file string) (mark, bool) {
	var found mark
	for _, line := range m {
		if line.matches(file) && len(line.pattern) > len(found.pattern) {
			found = line
		}
	}
	return found, found.pattern != ""
}

func (l mark) matches(file string) bool {
	if strings.HasSuffix(l.pattern, "/") {
		return strings.HasPrefix(file, l.pattern)
	}
	return file == l.pattern
}

// target returns where a file goes if the box office is removed.
func (l mark) target(file string) string {
	switch {
	case l.place == "":
		return file
	case strings.HasSuffix(l.pattern, "/"):
		return path.Join(l.place, strings.TrimPrefix(file, l.pattern))
	}
	return l.place
}
