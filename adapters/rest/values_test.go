package rest_test

import (
	"strings"
	"testing"

	"example.com/portico/adapters/rest"
)

func TestMatchesTag(t *testing.T) {
	tag := rest.EntityTag([]byte("body"))
	for _, ifNoneMatch := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		if !rest.MatchesTag(ifNoneMatch, tag) {
			t.Errorf("%s does not match %s", ifNoneMatch, tag)
		}
	}
	for _, ifNoneMatch := range []string{"", `"other"`, rest.EntityTag([]byte("another body"))} {
		if rest.MatchesTag(ifNoneMatch, tag) {
			t.Errorf("%s matches %s", ifNoneMatch, tag)
		}
	}
}

func TestCursor(t *testing.T) {
	for _, next := range []string{"", "01985e2a-77c4"} {
		if got, err := rest.ParseCursor(rest.EncodeCursor(next)); err != nil || got != next {
			t.Errorf("got %q, %v; want %q", got, err, next)
		}
	}
	for _, cursor := range []string{"!", "MDE5ODVlMmE", rest.EncodeCursor("01985e2a") + "A"} {
		if got, err := rest.ParseCursor(cursor); err == nil {
			t.Errorf("cursor %q was parsed as %q", cursor, got)
		}
	}
}
