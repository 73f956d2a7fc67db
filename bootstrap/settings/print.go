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

// mask replaces a secret, as [url.URL.Redacted] does.
const mask = "xxxxx"

// Lines returns all settings as NAME=value. It masks passwords and keys in URLs, and
// settings with the tag "secret".
func Lines(from any) []string {
	var lines []string
	for f, value := range fields(from) {
		text := fmt.Sprint(value.Interface())
		if value.Kind() == reflect.Slice {
			var items []string
			for _, item := range value.Seq2() {
				items = append(items, fmt.Sprint(item.Interface()))
			}
			text = strings.Join(items, ",")
		}
		if f.Tag.Get("secret") != "" && text != "" {
			text = mask
		}
		lines = append(lines, f.Tag.Get("env")+"="+masked(text))
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

// masked masks the password of a URL, or the user name of a URL without a password. It
// masks parameters whose names suggest a secret. It returns any other text unchanged.
func masked(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	query, masks := u.Query(), 0
	for name := range query {
		if secretName.MatchString(name) {
			query.Set(name, mask)
			masks++
		}
	}
	if masks > 0 {
		u.RawQuery = query.Encode()
	}
	if u.User != nil {
		masks++
		if _, hasPassword := u.User.Password(); !hasPassword { // the user name may be a key
			u.User = url.User(mask)
		}
	}
	if masks == 0 {
		return text
	}
	return u.Redacted()
}

var secretName = regexp.MustCompile(`(?i)pass|secret|token|key`)
