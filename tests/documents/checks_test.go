package documents

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// repository holds the documents, and the names that they may refer to.
type repository struct {
	files     fs.FS
	documents map[string]document // by path
	targets   []string            // of the Makefile
	commands  []string            // of portico: "run", "migrate up"
	settings  []string            // read by bootstrap: "PORTICO_HTTP_ADDR"
	tests     map[string]bool     // "TestHold"
	goSource  string              // of all tests and contract suites
}

const (
	settingsSource = "bootstrap" // a folder
	settingsPage   = "docs/settings.md"
)

var (
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):(?:[^=]|$)`)
	settingTag = regexp.MustCompile(`env:"(PORTICO_[A-Z0-9_]+)`)
	setting    = regexp.MustCompile(`PORTICO_[A-Z0-9_]*[A-Z0-9](?:_\*)?`)
	testFunc   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
	testName   = regexp.MustCompile(`^((?:Test|Fuzz|Benchmark|Example)[A-Z]\w*)(?:/(.+))?$`)
)

func read(files fs.FS, commands []string) (*repository, error) {
	r := &repository{files: files, documents: map[string]document{}, commands: commands, tests: map[string]bool{}}
	makefile, err := fs.ReadFile(files, "Makefile")
	if err != nil {
		return nil, err
	}
	for _, m := range makeTarget.FindAllStringSubmatch(string(makefile), -1) {
		r.targets = append(r.targets, m[1])
	}
	err = fs.WalkDir(files, settingsSource, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(files, name)
		for _, m := range settingTag.FindAllStringSubmatch(string(source), -1) {
			r.settings = append(r.settings, m[1])
		}
		return err
	})
	if err != nil {
		return nil, err
	}

	var tests strings.Builder
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir():
			if base == "testdata" || name != "." && base[0] == '.' {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".md" && !isTest(name):
			return nil
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".md" {
			r.documents[name] = parse(name, string(content))
		} else {
			tests.Write(content)
		}
		return nil
	})
	r.goSource = tests.String()
	for _, m := range testFunc.FindAllStringSubmatch(r.goSource, -1) {
		r.tests[m[1]] = true
	}
	return r, err
}

// isTest reports whether a file may contain tests or a contract suite.
func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "tests/") && path.Ext(name) == ".go"
}

// check is one rule that the documents must obey. Its run function returns problems such
// as "README.md:12: …".
type check struct {
	name string
	run  func(*repository) []string
}

var checks = []check{
	{"links resolve", (*repository).brokenLinks},
	{"make targets exist", (*repository).unknownTargets},
	{"portico commands exist", (*repository).unknownCommands},
	{"settings exist", (*repository).unknownSettings},
	{"every setting is documented", (*repository).undocumentedSettings},
	{"tests exist", (*repository).unknownTests},
}

// each applies the function look to the excerpts that the function pick returns, and
// collects the problems.
func (r *repository) each(pick func(document) []excerpt, look func(d document, text string) (problem string)) []string {
	var problems []string
	for _, d := range r.documents {
		for _, e := range pick(d) {
			if problem := look(d, e.text); problem != "" {
				problems = append(problems, fmt.Sprintf("%s:%d: %s", d.path, e.line, problem))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func links(d document) []excerpt  { return d.links }
func inline(d document) []excerpt { return d.inline }
func text(d document) []excerpt   { return d.text }

func code(d document) []excerpt { return slices.Concat(d.inline, d.shell) }

var elsewhere = regexp.MustCompile(`^[a-z]+:`) // https:, mailto:

func (r *repository) brokenLinks() []string {
	return r.each(links, func(d document, target string) string {
		if elsewhere.MatchString(target) {
			return ""
		}
		file, fragment, _ := strings.Cut(target, "#")
		name := d.path
		switch {
		case strings.HasPrefix(file, "/"):
			name = strings.TrimPrefix(path.Clean(file), "/")
		case file != "":
			name = path.Join(path.Dir(d.path), file)
		}
		if _, err := fs.Stat(r.files, name); err != nil {
			return "links to " + target + ", which does not exist"
		}
		if fragment != "" && !r.hasFragment(name, fragment) {
			return "links to " + target + ", which is not a place in " + name
		}
		return ""
	})
}

// hasFragment reports whether the fragment is an anchor of the document, or a line of a
// file of another kind, such as L12.
func (r *repository) hasFragment(name, fragment string) bool {
	if d, ok := r.documents[name]; ok {
		return d.anchors[fragment]
	}
	line, err := strconv.Atoi(strings.TrimPrefix(fragment, "L"))
	content, _ := fs.ReadFile(r.files, name)
	return err == nil && line <= strings.Count(string(content), "\n")
}

func (r *repository) unknownTargets() []string {
	return r.each(code, func(_ document, line string) string {
		for _, command := range commandsIn(line) {
			if command[0] != "make" {
				continue
			}
			for _, target := range command[1:] {
				if isName(target) && !slices.Contains(r.targets, target) {
					return "make " + target + " is not a target of the Makefile"
				}
			}
		}
		return ""
	})
}

func (r *repository) unknownCommands() []string {
	return r.each(code, func(_ document, line string) string {
		for _, command := range commandsIn(line) {
			if len(command) > 2 && command[0] == "go" && command[1] == "run" {
				command = command[2:]
			}
			if path.Base(command[0]) != "portico" {
				continue
			}
			if unknown := r.unknownCommand("", command[1:]); unknown != "" {
				return "portico " + unknown + " is not a command"
			}
		}
		return ""
	})
}

// unknownCommand returns the first command or subcommand that portico does not have. A
// word may have alternatives: "up|down".
func (r *repository) unknownCommand(above string, words []string) string {
	if len(words) == 0 || !isName(words[0]) || above != "" && !r.isGroup(above) {
		return ""
	}
	for name := range strings.SplitSeq(words[0], "|") {
		command := strings.TrimSpace(above + " " + name)
		if !slices.Contains(r.commands, command) && !r.isGroup(command) {
			return command
		}
		if unknown := r.unknownCommand(command, words[1:]); unknown != "" {
			return unknown
		}
	}
	return ""
}

// isGroup reports whether a command has subcommands, as "migrate" has "migrate up".
func (r *repository) isGroup(name string) bool {
	return slices.ContainsFunc(r.commands, func(c string) bool { return strings.HasPrefix(c, name+" ") })
}

func (r *repository) unknownSettings() []string {
	return r.each(text, func(_ document, line string) string {
		for _, name := range setting.FindAllString(line, -1) {
			prefix, wildcard := strings.CutSuffix(name, "*")
			known := func(s string) bool { return s == name || wildcard && strings.HasPrefix(s, prefix) }
			if !slices.ContainsFunc(r.settings, known) {
				return name + " is not read by " + settingsSource
			}
		}
		return ""
	})
}

func (r *repository) undocumentedSettings() []string {
	var problems []string
	for _, s := range r.settings {
		named := func(e excerpt) bool { return e.text == s }
		if !slices.ContainsFunc(r.documents[settingsPage].inline, named) {
			problems = append(problems, settingsPage+": does not have "+s)
		}
	}
	return problems
}

func (r *repository) unknownTests() []string {
	return r.each(inline, func(_ document, name string) string {
		m := testName.FindStringSubmatch(name)
		if m == nil {
			return ""
		}
		if !r.tests[m[1]] {
			return m[1] + " is not a test"
		}
		for part := range strings.SplitSeq(m[2], "/") {
			if !strings.Contains(r.goSource, part) && !strings.Contains(r.goSource, strings.ReplaceAll(part, "_", " ")) {
				return name + ": no test has the subtest " + part
			}
		}
		return ""
	})
}

var (
	separator  = regexp.MustCompile(`&&|\|\||;| \| |\$\(`)
	assignment = regexp.MustCompile(`^[A-Z_]+=`)
	name       = regexp.MustCompile(`^[a-z][a-z|-]*$`)
)

// commandsIn returns the words of each command in a shell line. It omits the prompt,
// comments, variable assignments, sudo and time.
func commandsIn(line string) [][]string {
	line = strings.ReplaceAll(line, `\|`, "|") // escaped in tables
	line, _, _ = strings.Cut(line, " #")
	var commands [][]string
	for _, part := range separator.Split(line, -1) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(part), "$ "))
		for len(words) > 0 && (assignment.MatchString(words[0]) || words[0] == "sudo" || words[0] == "time") {
			words = words[1:]
		}
		if len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// isName reports whether a word can be the name of a target or command, not a flag, value
// or placeholder.
func isName(word string) bool { return name.MatchString(word) }
