package documents

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// document holds the parts of a Markdown file that the checks use.
type document struct {
	path    string
	links   []excerpt       // the targets of its links and images
	inline  []excerpt       // its `code spans`
	shell   []excerpt       // the lines of its fenced shell blocks
	text    []excerpt       // all its lines
	anchors map[string]bool // its #fragments
}

type excerpt struct {
	line int
	text string
}

var (
	fence    = regexp.MustCompile("^ *(```+|~~~+) *([a-z]*)")
	heading  = regexp.MustCompile(`^#{1,6} +(.+)`)
	anchor   = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	codeSpan = regexp.MustCompile("`+([^`\n]+(?:\n[^`\n]+)*)`+")
	link     = regexp.MustCompile(`\]\(([^)\s]+)|(?m:^\[[^\]]+\]: *(\S+))|(?:src|href)="([^"]+)"`)
)

func parse(path, markdown string) document {
	d := document{path: path, anchors: map[string]bool{}}
	var prose strings.Builder // the text, with empty lines instead of fenced blocks
	var open, language string
	for i, line := range strings.Split(markdown, "\n") {
		d.text = append(d.text, excerpt{i + 1, line})
		mark := fence.FindStringSubmatch(line)
		switch {
		case open == "" && mark == nil:
			if h := heading.FindStringSubmatch(line); h != nil {
				d.addAnchor(slug(h[1]))
			}
			prose.WriteString(line)
		case open == "":
			open, language = mark[1], mark[2]
		case mark != nil && strings.HasPrefix(mark[1], open):
			open = ""
		case language == "console":
			if command, typed := strings.CutPrefix(line, "$ "); typed {
				d.shell = append(d.shell, excerpt{i + 1, command})
			}
		case language == "" || language == "sh" || language == "bash" || language == "shell":
			d.shell = append(d.shell, excerpt{i + 1, line})
		}
		prose.WriteByte('\n')
	}
	d.inline = find(codeSpan, prose.String())
	text := codeSpan.ReplaceAllStringFunc(prose.String(), blank)
	d.links = find(link, text)
	for _, a := range find(anchor, text) {
		d.anchors[a.text] = true
	}
	return d
}

// addAnchor adds the anchor of a heading. It numbers repeated headings: notes,
// notes-1, notes-2.
func (d document) addAnchor(slug string) {
	name := slug
	for n := 1; d.anchors[name]; n++ {
		name = slug + "-" + strconv.Itoa(n)
	}
	d.anchors[name] = true
}

// find returns the text that each group of a pattern matches, with its line number.
func find(pattern *regexp.Regexp, text string) []excerpt {
	var found []excerpt
	for _, match := range pattern.FindAllStringSubmatchIndex(text, -1) {
		for group := 2; group < len(match); group += 2 {
			if match[group] < 0 {
				continue
			}
			line := 1 + strings.Count(text[:match[group]], "\n")
			content := strings.ReplaceAll(text[match[group]:match[group+1]], "\n", " ")
			found = append(found, excerpt{line, content})
		}
	}
	return found
}

// blank returns only the line breaks of a text.
func blank(text string) string { return strings.Repeat("\n", strings.Count(text, "\n")) }

var linkText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// slug returns the fragment that GitHub generates for a heading.
func slug(title string) string {
	title = linkText.ReplaceAllString(title, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}
