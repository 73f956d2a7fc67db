package documents

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// phrase is a wording to avoid, with an example and a replacement.
type phrase struct{ pattern, example, instead string }

// phrases must not occur in comments and strings of Go files, nor anywhere in Markdown,
// YAML and SQL files and the Makefile.
var phrases = []phrase{
	{`tells? whether`, "tells whether", "reports whether"},
	{`is as \[?[a-z]+\.[A-Z]`, "is as outbound.Shows says", "implements …, or an assertion: var _ … = (*X)(nil)"},
	{`(becomes?|became|become) of`, "what becomes of a charge", "the outcome of"},
	{`(is|are|was|were) away`, "a server is away", "is unavailable"},
	{`not to be had`, "an image is not to be had", "is unavailable"},
	{`(there is|is there|are there|there are|is|are) no more`, "it is there no more", "was removed, is not … any more"},
	{`who (asks|waits) for`, "who asks for it is told", "requests that …, callers that …"},
	{`(is|are) no (text|address|list|URL|number|name|time|id|JSON|UUID|place|target|command|test)`, "it is no text", "is not …, is invalid"},
	{`(it|that|which|q) is none`, "it is none", "is invalid, does not exist"},
	{`(is|are|was|were) to be`, "it is to be stored", "must be"},
	{`(has|have|had) to be`, "it has to be stored", "must be"},
	{`(lets?|letting) go of`, "lets go of the lock", "releases"},
	{`(is|are) at it`, "while it is at it", "is handling"},
	{`deal(s|t|ing)? with`, "deals with bookings", "processes, handles"},
	{`anew`, "made anew", "again"},
	{`in vain`, "it was asked in vain", "without success"},
	{`all the same`, "it fails all the same", "anyway"},
	{`whoever`, "whoever asked", "the caller"},
	{`(somebody|nobody)`, "somebody else", "the caller, another customer; no …"},
	{`farewells?`, "a farewell", "a close handshake, a final …"},
	{`call(s|ed|ing)? (it |the show |a show )?off`, "a show that was called off", "cancel"},
	{`(for|by|to|from|of) who`, "for who reads", "for the reader, for callers that …"},
	{`whatever the`, "whatever the URL says", "regardless of the …"},
}

// TestProseIsPlain reports each place where a phrase occurs.
func TestProseIsPlain(t *testing.T) {
	for _, finding := range findPhrases(t, os.DirFS("../..")) {
		t.Error(finding)
	}
}

func TestEveryPhraseIsFound(t *testing.T) {
	for _, p := range phrases {
		for name, content := range map[string]string{
			"a.go": "package a\n\n// " + strings.ReplaceAll(p.example, " ", "\n// ") + "\nvar a = 1\n",
			"b.go": "package a\n\nvar a = \"" + p.example + "\"\n",
			"c.md": p.example + "\n",
		} {
			if found := phrasesIn(name, []byte(content)); len(found) != 1 {
				t.Errorf("%q in %s: found %q, want it once", p.example, name, found)
			}
		}
	}
	if found := phrasesIn("a.go", []byte("package a\n\nvar anew, whoever = 1, 2\n")); len(found) > 0 {
		t.Errorf("found %q among names, want nothing", found)
	}
}

func findPhrases(t *testing.T, files fs.FS) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case entry.IsDir():
			if base == "testdata" || name != "." && base[0] == '.' {
				return fs.SkipDir
			}
			return nil
		case base == "prose_test.go", base != "Makefile" && !prose[path.Ext(name)]:
			return nil
		}
		content, err := fs.ReadFile(files, name)
		if err == nil && !generated.Match(content) {
			found = append(found, phrasesIn(name, content)...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var (
	prose     = map[string]bool{".go": true, ".md": true, ".yaml": true, ".yml": true, ".sql": true}
	generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	markers   = regexp.MustCompile(`(?m)^[ \t]*(#|--|>)`)
)

func phrasesIn(name string, content []byte) []string {
	text := markers.ReplaceAllFunc(content, func(marker []byte) []byte { return bytes.Repeat([]byte(" "), len(marker)) })
	if path.Ext(name) == ".go" {
		text = commentsAndStrings(content)
	}
	var found []string
	for _, p := range phrases {
		for _, match := range p.compiled().FindAllIndex(text, -1) {
			line := 1 + bytes.Count(text[:match[0]], []byte("\n"))
			phrase := bytes.Join(bytes.Fields(text[match[0]:match[1]]), []byte(" "))
			found = append(found, fmt.Sprintf("%s:%d: %q; write: %s", name, line, phrase, p.instead))
		}
	}
	return found
}

// compiled returns a regular expression that matches the phrase, even across line breaks.
func (p phrase) compiled() *regexp.Regexp {
	end := `\b`
	if strings.HasSuffix(p.pattern, "]") {
		end = ""
	}
	return regexp.MustCompile(`(?i)\b` + strings.ReplaceAll(p.pattern, " ", `\s+`) + end)
}

// commentsAndStrings blanks out code and comment markers, so that positions do not change
// and a phrase can span comment lines.
func commentsAndStrings(source []byte) []byte {
	text := slices.Clone(source)
	for i, b := range text {
		if b != '\n' && b != '\t' && b != ' ' {
			text[i] = 0
		}
	}
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, scanner.ScanComments)
	for {
		position, kind, literal := s.Scan()
		at := file.Offset(position)
		switch kind {
		case token.EOF:
			return text
		case token.COMMENT:
			copy(text[at:], literal)
			copy(text[at:], "  ")
		case token.STRING:
			copy(text[at+1:], literal[1:len(literal)-1])
		}
	}
}
