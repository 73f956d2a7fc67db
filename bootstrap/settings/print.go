package settings

import (
	"fmt"
	"iter"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// Names returns the names of all settings in *from, a struct.
func Names(from any) []string {
	var names []string
	for f := range fields(from) {
		names = append(names, f.Tag.Get("env"))
	}
	return names
}

// Lines returns all settings as NAME=value. It masks what may be secret in a URL, and the
// values of settings with the tag "secret".
func Lines(from any) []string {
	var lines []string
	for f, value := range fields(from) {
		var items []string
		if value.Kind() == reflect.Slice {
			for _, item := range value.Seq2() {
				items = append(items, masked(fmt.Sprint(item.Interface())))
			}
		} else {
			items = []string{masked(fmt.Sprint(value.Interface()))}
		}
		text := strings.Join(items, ",")
		if f.Tag.Get("secret") != "" && text != "" {
			text = mask
		}
		lines = append(lines, f.Tag.Get("env")+"="+text)
	}
	return lines
}

// fields yields the fields that are settings, including those of embedded structs.
func fields(from any) iter.Seq2[reflect.StructField, reflect.Value] {
	return func(yield func(reflect.StructField, reflect.Value) bool) {
		v := reflect.ValueOf(from).Elem()
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.Tag.Get("env") != "" && !yield(f, v.FieldByIndex(f.Index)) {
				return
			}
		}
	}
}

// mask replaces a secret, as [url.URL.Redacted] does.
const mask = "xxxxx"

// masked masks what may be secret in a URL: the password, or the user name if there is no
// password; the parameters whose names suggest a secret; the fragment. It masks the whole
// URL if it cannot be parsed, or if an @ follows the host, because the part before the @
// may be a password with an unescaped character such as #. It returns any other text
// unchanged.
func masked(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil && strings.Contains(text, "://"):
		return mask
	case err != nil || u.Scheme == "":
		return text // not a URL
	case strings.Contains(u.Opaque+u.EscapedPath()+strings.ReplaceAll(u.RawQuery, "%40", "@")+u.EscapedFragment(), "@"):
		return mask
	}
	before := u.String()
	if u.User != nil {
		if _, hasPassword := u.User.Password(); hasPassword {
			u.User = url.UserPassword(u.User.Username(), mask)
		} else {
			u.User = url.User(mask) // it may be a key
		}
	}
	if u.Fragment != "" {
		u.Fragment, u.RawFragment = mask, ""
	}
	after := secretParameter.ReplaceAllString(u.String(), "${1}"+mask)
	if after == before {
		return text
	}
	return after
}

// secretParameter matches the parameters whose values may be secret. A value ends at the
// next & and not at a semicolon, which may belong to the secret. A name with escapes may
// stand for any name.
var secretParameter = regexp.MustCompile(`(?i)([^/?&;=]*(?:pass|secret|token|key|%)[^/?&;=]*=)[^&]*`)
