package architecture

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tree is the input of the rules: a module's folders and Go files, and the contents of
// its go.mod and ARCHITECTURE.md.
type tree struct {
	files        []file
	requires     []string // module paths
	technologies []technology
	may          []mayImport
	generic      []string // patterns of the domain-independent folders
	starter      []string // patterns of the folders of the starter
	boxOffice    []string // patterns of the folders of the box office
	tests        []file
	folders      []string // all folders with files: "./domain/show"
}

// file is one parsed Go file. A package of this module is written like "./domain/show".
// Any other package is written as its import path.
type file struct {
	path    string // "domain/show/show.go"
	pkg     string // "./domain/show"
	imports []imported
	syntax  *ast.File
	lines   *token.FileSet
}

type imported struct {
	path string
	spec *ast.ImportSpec
}

func readTree(root fs.FS) (*tree, error) {
	gomod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return nil, err
	}
	t := &tree{}
	module, requires := parseGoMod(string(gomod))
	t.requires = requires

	prose, err := fs.ReadFile(root, "ARCHITECTURE.md")
	if err != nil {
		return nil, err
	}
	if t.technologies, err = parseTechnologies(string(prose)); err != nil {
		return nil, fmt.Errorf("ARCHITECTURE.md: %w", err)
	}
	if t.may, err = parseMayImport(string(prose)); err != nil {
		return nil, fmt.Errorf("ARCHITECTURE.md: %w", err)
	}
	if t.generic, err = parseFolders(string(prose), "generic"); err != nil {
		return nil, fmt.Errorf("ARCHITECTURE.md: %w", err)
	}
	// A fork has no such list, because it has moved the starter's folders.
	if strings.Contains(string(prose), "<!-- starter:") {
		if t.starter, err = parseFolders(string(prose), "starter"); err != nil {
			return nil, fmt.Errorf("ARCHITECTURE.md: %w", err)
		}
	}
	if t.boxOffice, err = parseFolders(string(prose), "box-office"); err != nil {
		return nil, fmt.Errorf("ARCHITECTURE.md: %w", err)
	}
	return t, fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && outsideModule(root, name):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		if folder := "./" + path.Dir(name); !slices.Contains(t.folders, folder) && folder != "./." {
			t.folders = append(t.folders, folder)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		f, err := parseFile(root, module, name)
		if strings.HasSuffix(name, "_test.go") {
			t.tests = append(t.tests, f)
		} else {
			t.files = append(t.files, f)
		}
		return err
	})
}

// outsideModule reports whether a directory is excluded from "./...", or holds binaries
// or data.
func outsideModule(root fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return base == "testdata" || base == "bin" || base == "data" || base == "vendor" || base[0] == '.' || base[0] == '_' || err == nil
}

func parseFile(root fs.FS, module, name string) (file, error) {
	source, err := fs.ReadFile(root, name)
	if err != nil {
		return file{}, err
	}
	f := file{path: name, pkg: "./" + path.Dir(name), lines: token.NewFileSet()}
	f.syntax, err = parser.ParseFile(f.lines, name, source, parser.SkipObjectResolution)
	if err != nil {
		return file{}, err
	}
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		if own, ok := strings.CutPrefix(p+"/", module+"/"); ok {
			p = "./" + strings.TrimSuffix(own, "/")
		}
		f.imports = append(f.imports, imported{p, spec})
	}
	return f, nil
}

// home returns the package that a starter package becomes in a fork. It returns other
// packages unchanged.
func home(pkg string) string {
	if !strings.HasPrefix(pkg, "./") {
		return pkg
	}
	return strings.TrimSuffix(strings.Replace(pkg+"/", "/starter/", "/", 1), "/")
}

func (f file) at(node ast.Node) string { return f.lines.Position(node.Pos()).String() }

// standard reports whether an import path belongs to the standard library, whose paths
// have no dot in the first element.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

func thirdParty(importPath string) bool {
	return !standard(importPath) && !strings.HasPrefix(importPath, "./")
}

// matches reports whether one of the patterns covers a package. A pattern is "std",
// "third-party" or a path. A path with "/..." also covers all packages below it.
func matches(pkg string, patterns []string) bool {
	for _, pattern := range patterns {
		prefix, below := strings.CutSuffix(pattern, "/...")
		switch {
		case pattern == pkg,
			pattern == "std" && standard(pkg),
			pattern == "third-party" && thirdParty(pkg),
			below && strings.HasPrefix(pkg+"/", prefix+"/"):
			return true
		}
	}
	return false
}

// parseGoMod returns the module's path and the paths of the required modules.
func parseGoMod(text string) (module string, requires []string) {
	inBlock := false
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "module":
			module = words[1]
		case words[0] == "require" && words[1] == "(":
			inBlock = true
		case words[0] == ")":
			inBlock = false
		case words[0] == "require":
			requires = append(requires, words[1])
		case inBlock:
			requires = append(requires, words[0])
		}
	}
	return module, requires
}

// moduleOf returns the required module that a package belongs to, or the import path if
// there is none.
func (t *tree) moduleOf(importPath string) string {
	var longest string
	for _, m := range t.requires {
		if len(m) > len(longest) && strings.HasPrefix(importPath+"/", m+"/") {
			longest = m
		}
	}
	return cmp.Or(longest, importPath)
}
