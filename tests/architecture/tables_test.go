package architecture

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// technology is a row of the table of technologies in ARCHITECTURE.md.
type technology struct {
	name    string
	modules []string
	users   []string // patterns of the packages that import it
}

// parseTechnologies reads the table of technologies. Modules and packages must be in
// backticks.
func parseTechnologies(markdown string) ([]technology, error) {
	section, err := between(markdown, "technologies")
	if err != nil {
		return nil, err
	}
	var rows []technology
	for line := range strings.Lines(section) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || !strings.Contains(line, "`") {
			continue // prose, the table header, or its separator line
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

// mayImport is a row of the table of folders in ARCHITECTURE.md.
type mayImport struct {
	folder  string
	imports []string
}

// parseMayImport reads the table of folders and their allowed imports.
func parseMayImport(markdown string) ([]mayImport, error) {
	section, err := between(markdown, "folders")
	if err != nil {
		return nil, err
	}
	var rows []mayImport
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || len(codeSpans(cells[0])) == 0 {
			continue // prose, the table header, or its separator line
		}
		for _, folder := range codeSpans(cells[0]) {
			rows = append(rows, mayImport{folder, codeSpans(cells[2])})
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("folders: the table has no rows")
	}
	return rows, nil
}

// parseFolders reads a list of folders. Each code span in the list is a folder.
func parseFolders(markdown, list string) ([]string, error) {
	section, err := between(markdown, list)
	if err != nil {
		return nil, err
	}
	var folders []string
	for line := range strings.Lines(section) {
		for _, span := range codeSpans(line) {
			folders = append(folders, "./"+span)
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", list)
	}
	return folders, nil
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

// between returns the text between <!-- NAME:start --> and <!-- NAME:end -->.
func between(markdown, name string) (string, error) {
	_, rest, begun := strings.Cut(markdown, "<!-- "+name+":start -->")
	section, _, ended := strings.Cut(rest, "<!-- "+name+":end -->")
	if !begun || !ended {
		return "", fmt.Errorf("no section between <!-- %s:start --> and <!-- %[1]s:end -->", name)
	}
	return section, nil
}
