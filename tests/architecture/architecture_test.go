// Package architecture checks the architecture rules, such as what each part of the
// module may import. The rules are the tables in rules_test.go. The tree testdata/good
// obeys every rule. The files in testdata/broken/RULE/CASE, copied over the good tree,
// break only RULE.
package architecture

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

func TestThisModuleKeepsItsRules(t *testing.T) {
	module := os.DirFS("../..")
	found, err := Check(module)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

func TestEveryImportRuleAppliesToAFile(t *testing.T) {
	tree, err := readTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range importRules {
		bound := 0
		for _, f := range tree.files {
			if r.binds(f.pkg) {
				bound++
			}
		}
		if bound == 0 {
			t.Errorf("%s looks at no file: has %s moved?", r.name, r.in)
		}
	}
}

func TestGoodTreeHasNoViolations(t *testing.T) {
	found, err := Check(os.DirFS("testdata/good"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

func TestEveryRuleDetectsItsSamples(t *testing.T) {
	for _, rule := range ruleNames() {
		cases, err := os.ReadDir(path.Join("testdata/broken", rule))
		if err != nil {
			t.Errorf("no sample breaks the rule: %v", err)
		}
		for _, c := range cases {
			t.Run(rule+"/"+c.Name(), func(t *testing.T) {
				broken := os.DirFS(path.Join("testdata/broken", rule, c.Name()))
				tree := fstest.MapFS{}
				overlay(t, tree, os.DirFS("testdata/good"))
				overlay(t, tree, broken)

				found, err := Check(tree)
				if err != nil {
					t.Fatal(err)
				}
				if len(found) != 1 || found[0].Rule != rule {
					t.Fatalf("want one violation of %s, got %v", rule, found)
				}
				where, _, _ := strings.Cut(found[0].Where, ":")
				if _, err := fs.Stat(broken, where); err != nil {
					t.Errorf("the violation is said to be in %s, which the sample does not change", where)
				}
			})
		}
	}
}

func TestEverySampleBelongsToARule(t *testing.T) {
	samples, err := os.ReadDir("testdata/broken")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(ruleNames(), "\n") + "\n"
	for _, s := range samples {
		if !strings.Contains(known, s.Name()+"\n") {
			t.Errorf("testdata/broken/%s is named for no rule", s.Name())
		}
	}
}

func TestMalformedTableIsRejected(t *testing.T) {
	for name, markdown := range map[string]string{
		"no markers":               "| SQLite | `modernc.org/sqlite` | `adapters/sqlite` |",
		"no end":                   "<!-- technologies:start -->\n| SQLite | `modernc.org/sqlite` | `adapters/sqlite` |\n",
		"no rows":                  "<!-- technologies:start -->\n| technology | module | imported by |\n<!-- technologies:end -->",
		"a missing column":         "<!-- technologies:start -->\n| `modernc.org/sqlite` | `adapters/sqlite` |\n<!-- technologies:end -->",
		"a user without backticks": "<!-- technologies:start -->\n| SQLite | `modernc.org/sqlite` | adapters/sqlite |\n<!-- technologies:end -->",
	} {
		t.Run(name, func(t *testing.T) {
			if rows, err := parseTechnologies(markdown); err == nil {
				t.Errorf("want an error, got %v", rows)
			}
		})
	}
}

func TestIdentifiersAreSplitIntoWords(t *testing.T) {
	for identifier, want := range map[string]string{
		"seat":          "seat",
		"HoldSeats":     "hold seats",
		"freeHTTPSeats": "free http seats",
		"showID":        "show id",
		"showcase":      "showcase",
		"max_seats":     "max seats",
	} {
		if got := strings.Join(words(identifier), " "); got != want {
			t.Errorf("words(%q) = %q, want %q", identifier, got, want)
		}
	}
}

func ruleNames() []string {
	var names []string
	for _, r := range importRules {
		names = append(names, r.name)
	}
	for _, r := range treeRules {
		names = append(names, r.name)
	}
	return names
}

// overlay copies the files of a tree into the map, and replaces existing files.
func overlay(t *testing.T, over fstest.MapFS, files fs.FS) {
	t.Helper()
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		over[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
