package architecture

import (
	"fmt"
	"go/ast"
	"io/fs"
	"slices"
	"strings"
	"unicode"
)

// importRule limits what some packages of the module may import. A package of the starter
// keeps the rules of the package that it becomes in a fork.
type importRule struct {
	name  string
	in    string   // the packages that the rule restricts
	but   []string // packages that the rule exempts
	may   []string // allowed imports; empty for any
	never []string // forbidden imports
}

// outside lists the standard-library packages that do I/O or implement external formats.
var outside = []string{
	"database/...", "encoding/...", "io/fs/...", "log/...", "net/...",
	"os/...", "plugin/...", "syscall/...", "testing/...",
}

// itself is a pattern in importRule.may. It stands for the adapter of the importing
// package.
const itself = "itself"

var importRules = []importRule{
	{
		name:  "domain-imports-only-itself",
		in:    "./domain/...",
		may:   []string{"std", "./domain/..."},
		never: outside,
	},
	{
		name:  "shared-ports-import-only-the-domain",
		in:    "./ports",
		may:   []string{"std", "./domain/..."},
		never: outside,
	},
	{
		name:  "inbound-ports-import-no-driven-port",
		in:    "./ports/inbound",
		may:   []string{"std", "./domain/...", "./ports"},
		never: outside,
	},
	{
		name:  "outbound-ports-import-no-inbound-port",
		in:    "./ports/outbound",
		may:   []string{"std", "./domain/...", "./ports", "./ports/platform"},
		never: outside,
	},
	{
		name:  "platform-ports-import-no-other-side",
		in:    "./ports/platform",
		may:   []string{"std", "./domain/...", "./ports"},
		never: outside,
	},
	{
		name:  "application-imports-only-domain-and-ports",
		in:    "./application/...",
		may:   []string{"std", "./domain/...", "./ports/..."},
		never: outside,
	},
	{
		name: "an-adapter-imports-no-application-and-no-other-adapter",
		in:   "./adapters/...",
		but:  []string{"./adapters/internal/..."},
		may: []string{
			"std", "third-party", "./domain/...", "./ports/...", "./adapters/internal/...",
			"./api/...", "./migrations/...", itself,
		},
	},
	{
		name: "what-adapters-share-imports-no-adapter",
		in:   "./adapters/internal/...",
		may:  []string{"std", "third-party", "./domain/...", "./ports/...", "./adapters/internal/...", "./migrations/..."},
	},
	{
		name:  "driving-adapters-import-no-outbound-port",
		in:    "./adapters/rest/...",
		never: []string{"./ports/outbound/..."},
	},
	{
		name:  "the-worker-imports-no-outbound-port",
		in:    "./adapters/worker/...",
		never: []string{"./ports/outbound/..."},
	},
	{
		name: "settings-import-no-adapter",
		in:   "./bootstrap/settings/...",
		may:  []string{"std", "third-party", "./domain/...", "./ports/..."},
	},
	{
		name: "commands-import-no-adapter",
		in:   "./cmd/...",
		may:  []string{"std", "third-party", "./domain/...", "./ports", "./ports/inbound", "./ports/platform", "./bootstrap/..."},
	},
	{
		name:  "memory-adapters-are-for-tests",
		in:    "./...",
		but:   []string{"./adapters/memory/...", "./tests/..."},
		never: []string{"./adapters/memory/..."},
	},
	{
		name: "contracts-import-only-domain-and-ports",
		in:   "./tests/contract/...",
		may:  []string{"std", "./domain/...", "./ports/...", "./tests/contract/...", "./tests/testkit/...", "github.com/google/go-cmp/..."},
	},
	{
		name:  "only-bootstrap-sees-everything",
		in:    "./...",
		but:   []string{"./domain/...", "./ports/...", "./application/...", "./adapters/...", "./bootstrap/...", "./cmd/...", "./tests/..."},
		never: []string{"./application/...", "./adapters/...", "./bootstrap/...", "./cmd/...", "./tests/..."},
	},
	{
		name:  "only-profiles-import-wire",
		in:    "./...",
		but:   []string{"./bootstrap/embedded/...", "./bootstrap/production/..."},
		never: []string{"github.com/google/wire/..."},
	},
	{
		name:  "only-telemetry-imports-the-opentelemetry-sdk",
		in:    "./...",
		but:   []string{"./adapters/telemetry/...", "./bootstrap/..."},
		never: []string{"go.opentelemetry.io/otel/sdk/...", "go.opentelemetry.io/otel/exporters/..."},
	},
}

// treeRule is a rule that checks the whole tree.
type treeRule struct {
	name  string
	check func(*tree) []Violation
}

var treeRules = []treeRule{
	{"domain-types-carry-no-tags", (*tree).taggedDomainTypes},
	{"core-takes-time-and-chance-from-ports", (*tree).hiddenTimeAndChance},
	{"technologies-are-imported-as-the-table-says", (*tree).strayTechnologies},
	{"every-folder-is-marked", (*tree).unmarkedFolders},
	{"generic-packages-do-not-know-the-box-office", (*tree).boxOfficeInGenericPackages},
	{"the-starter-and-the-box-office-are-separate", (*tree).mixedDomains},
	{"the-table-says-what-the-rules-enforce", (*tree).untrueTable},
}

// Violation is one place that breaks one rule.
type Violation struct {
	Rule   string
	Where  string // a file, with the line if there is one
	Detail string
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s (%s)", v.Where, v.Detail, v.Rule) }

// Check checks the module below root against every rule.
func Check(root fs.FS) ([]Violation, error) {
	t, err := readTree(root)
	if err != nil {
		return nil, err
	}
	var found []Violation
	for _, r := range importRules {
		for _, f := range t.files {
			found = append(found, r.check(f)...)
		}
	}
	for _, r := range treeRules {
		for _, v := range r.check(t) {
			v.Rule = r.name
			found = append(found, v)
		}
	}
	return found, nil
}

func (r importRule) binds(pkg string) bool {
	return matches(home(pkg), []string{r.in}) && !matches(home(pkg), r.but)
}

func (r importRule) check(f file) []Violation {
	if !r.binds(f.pkg) {
		return nil
	}
	may := slices.Clone(r.may)
	if slices.Contains(may, itself) {
		elements := strings.Split(home(f.pkg), "/") // ".", "adapters", the adapter, …
		may = append(may, strings.Join(elements[:3], "/")+"/...")
	}
	var found []Violation
	for _, imp := range f.imports {
		if p := home(imp.path); (len(may) == 0 || matches(p, may)) && !matches(p, r.never) {
			continue
		}
		found = append(found, Violation{r.name, f.at(imp.spec), f.pkg + " imports " + imp.path})
	}
	return found
}

func (t *tree) taggedDomainTypes() []Violation {
	var found []Violation
	for _, f := range t.files {
		if !matches(f.pkg, []string{"./domain/..."}) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				found = append(found, Violation{Where: f.at(field), Detail: "a struct tag: " + field.Tag.Value})
			}
			return true
		})
	}
	return found
}

// clockReaders are the functions of package time that use the clock.
var clockReaders = []string{
	"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTicker", "NewTimer",
}

func (t *tree) hiddenTimeAndChance() []Violation {
	var found []Violation
	for _, f := range t.files {
		if !matches(f.pkg, []string{"./domain/...", "./application/..."}) {
			continue
		}
		clock := ""
		for _, imp := range f.imports {
			switch {
			case matches(imp.path, []string{"math/rand/...", "crypto/rand"}):
				found = append(found, Violation{Where: f.at(imp.spec), Detail: "imports " + imp.path})
			case imp.path == "time" && imp.spec.Name == nil:
				clock = "time"
			case imp.path == "time" && imp.spec.Name.Name == ".":
				found = append(found, Violation{Where: f.at(imp.spec), Detail: "hides time behind a dot import"})
			case imp.path == "time":
				clock = imp.spec.Name.Name
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && clock != "" && x.Name == clock && slices.Contains(clockReaders, sel.Sel.Name) {
				found = append(found, Violation{Where: f.at(sel), Detail: "uses time." + sel.Sel.Name})
			}
			return true
		})
	}
	return found
}

func (t *tree) strayTechnologies() []Violation {
	var found []Violation
	imports := map[string][]string{} // the packages that import each module
	for _, f := range t.files {
		if matches(f.pkg, []string{"./tests/..."}) {
			continue
		}
		for _, imp := range f.imports {
			if !thirdParty(imp.path) {
				continue
			}
			module := t.moduleOf(imp.path)
			imports[module] = append(imports[module], f.pkg)
			switch row, listed := t.technologyOf(module); {
			case !listed:
				found = append(found, Violation{Where: f.at(imp.spec), Detail: module + " is not in the table of ARCHITECTURE.md"})
			case !matches(f.pkg, row.users):
				found = append(found, Violation{Where: f.at(imp.spec), Detail: "the table of ARCHITECTURE.md does not let " + f.pkg + " import " + module})
			}
		}
	}
	for _, row := range t.technologies {
		var importers []string
		for _, module := range row.modules {
			if len(imports[module]) == 0 {
				found = append(found, Violation{Where: "ARCHITECTURE.md", Detail: "nothing imports " + module})
			}
			importers = append(importers, imports[module]...)
		}
		for _, user := range row.users {
			fromHere := func(pkg string) bool { return matches(pkg, []string{user}) }
			if len(importers) > 0 && !slices.ContainsFunc(importers, fromHere) {
				found = append(found, Violation{Where: "ARCHITECTURE.md", Detail: user + " does not import " + row.name})
			}
		}
	}
	return found
}

// technologyOf returns the table row that lists the module.
func (t *tree) technologyOf(module string) (technology, bool) {
	for _, row := range t.technologies {
		if slices.Contains(row.modules, module) {
			return row, true
		}
	}
	return technology{}, false
}

// boxOffice lists words that only this domain uses.
var boxOffice = []string{"show", "shows", "seat", "seats", "booking", "bookings", "ticket", "tickets"}

// unmarkedFolders finds folders that ARCHITECTURE.md does not mark as generic, as the
// starter's or as the box office's. It also finds folders with two marks, and marks
// without a folder.
func (t *tree) unmarkedFolders() []Violation {
	lists := map[string][]string{"generic": t.generic, "the starter's": t.starter, "the box office's": t.boxOffice}
	var found []Violation
	for _, folder := range t.folders {
		var marks []string
		for mark, list := range lists {
			if matches(folder, list) {
				marks = append(marks, mark)
			}
		}
		slices.Sort(marks)
		if len(marks) != 1 {
			found = append(found, Violation{Where: "ARCHITECTURE.md", Detail: fmt.Sprintf("%s has the marks %q, want one", folder, marks)})
		}
	}
	for _, mark := range slices.Concat(t.generic, t.starter, t.boxOffice) {
		covers := func(folder string) bool { return matches(folder, []string{mark}) }
		if !slices.ContainsFunc(t.folders, covers) {
			found = append(found, Violation{Where: "ARCHITECTURE.md", Detail: "there is no folder " + mark})
		}
	}
	return found
}

// mixedDomains finds starter packages that import box-office packages, and the reverse.
func (t *tree) mixedDomains() []Violation {
	var found []Violation
	for _, f := range append(slices.Clone(t.files), t.tests...) {
		other := t.starter
		if matches(f.pkg, t.starter) {
			other = t.boxOffice
		}
		for _, imp := range f.imports {
			if matches(imp.path, other) && !matches(f.pkg, t.generic) {
				found = append(found, Violation{Where: f.at(imp.spec), Detail: "imports " + imp.path})
			}
		}
	}
	return found
}

// boxOfficeInGenericPackages finds generic packages that import box-office packages or,
// outside tests, use box-office words.
func (t *tree) boxOfficeInGenericPackages() []Violation {
	var found []Violation
	for _, f := range append(slices.Clone(t.files), t.tests...) {
		if !matches(f.pkg, t.generic) {
			continue
		}
		for _, imp := range f.imports {
			if strings.HasPrefix(imp.path, "./") && !matches(imp.path, t.generic) {
				found = append(found, Violation{Where: f.at(imp.spec), Detail: "imports " + imp.path})
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || strings.HasSuffix(f.path, "_test.go") {
				return true
			}
			for _, word := range words(id.Name) {
				if slices.Contains(boxOffice, word) {
					found = append(found, Violation{Where: f.at(id), Detail: "names " + id.Name})
				}
			}
			return true
		})
	}
	return found
}

// untrueTable compares the table of folders in ARCHITECTURE.md with the import rules. For
// a folder that a rule restricts, the table and the rule must list the same packages of
// this module.
func (t *tree) untrueTable() []Violation {
	var found []Violation
	for _, row := range t.may {
		for _, r := range importRules {
			if strings.TrimSuffix(r.in, "/...") != "./"+row.folder || len(r.may) == 0 {
				continue
			}
			var want []string
			for _, pattern := range r.may {
				if own, ok := strings.CutPrefix(strings.TrimSuffix(pattern, "/..."), "./"); ok {
					want = append(want, own)
				}
			}
			slices.Sort(want)
			got := slices.Sorted(slices.Values(row.imports))
			if !slices.Equal(got, want) {
				found = append(found, Violation{Where: "ARCHITECTURE.md", Detail: fmt.Sprintf("%s may import %v, but %s allows %v", row.folder, got, r.name, want)})
			}
		}
	}
	return found
}

// words splits an identifier into words in lower case: "freeHTTPSeats" into free, http
// and seats.
func words(identifier string) []string {
	runes := []rune(identifier)
	var split []string
	start := 0
	for i := 1; i <= len(runes); i++ {
		atEnd := i == len(runes)
		if !atEnd {
			lowerToUpper := !unicode.IsUpper(runes[i-1]) && unicode.IsUpper(runes[i])
			lastOfInitialism := i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i+1])
			if !lowerToUpper && !lastOfInitialism && runes[i] != '_' {
				continue
			}
		}
		split = append(split, strings.ToLower(strings.Trim(string(runes[start:i]), "_")))
		start = i
	}
	return split
}
