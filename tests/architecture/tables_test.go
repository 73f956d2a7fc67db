package architecture

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// technology is a row of the table in ARCHITECTURE.md.
type technology struct {
	name    string
	modules []string
	users   []string // patterns of the packages that import it
}

// parseTechnologies reads the table with the columns technology, module and
// imported by. What stands in backticks counts, what is around it is prose.
func parseTechnologies(markdown string) ([]technology, error) {
	section, err := between(markdown, "technologies")
	if err != nil {
		return nil, err
	}
	var rows []technology
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || !strings.Contains(line, "`") {
			continue // prose, the header, or the line below it
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 3 {
			return nil, fmt.Errorf("technologies: want three columns: %s", line)
		}
		row := technology{name: strings.TrimSpace(cells[0]), modules: codeSpans(cells[1])}
		for _, user := range codeSpans(cells[2]) {
			row.users = append(row.users, "./"+user)
		}
		if len(row.modules) == 0 || len(row.users) == 0 {
			return nil, fmt.Errorf("technologies: want a module and its users in backticks: %s", line)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, errors.New("technologies: the table has no rows")
	}
	return rows, nil
}

// parseGeneric reads a list of files and packages: the first code span of each
// item or, where that is a folder with a slash at its end, the others in it.
func parseGeneric(markdown string) ([]string, error) {
	section, err := between(markdown, "generic")
	if err != nil {
		return nil, err
	}
	var paths []string
	for line := range strings.Lines(section) {
		spans := codeSpans(line)
		if len(spans) == 0 || !strings.ContainsAny(line[:1], "-*|") {
			continue
		}
		folder, isFolder := strings.CutSuffix(spans[0], "/")
		if !isFolder {
			paths = append(paths, spans[0])
			continue
		}
		for _, name := range spans[1:] {
			paths = append(paths, folder+"/"+name)
		}
	}
	if len(paths) == 0 {
		return nil, errors.New("generic: the list is empty")
	}
	return paths, nil
}

// codeSpan matches `code` in Markdown.
var codeSpan = regexp.MustCompile("`([^`]+)`")

func codeSpans(markdown string) []string {
	var spans []string
	for _, m := range codeSpan.FindAllStringSubmatch(markdown, -1) {
		spans = append(spans, m[1])
	}
	return spans
}

// between returns what stands between <!-- NAME:start --> and <!-- NAME:end -->.
func between(markdown, name string) (string, error) {
	_, rest, begun := strings.Cut(markdown, "<!-- "+name+":start -->")
	section, _, ended := strings.Cut(rest, "<!-- "+name+":end -->")
	if !begun || !ended {
		return "", fmt.Errorf("no section between <!-- %s:start --> and <!-- %[1]s:end -->", name)
	}
	return section, nil
}
