package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// Load sets the fields of *into, a struct, and then calls check. The field tags env and
// envDefault name the settings and their defaults. Load reads environ, in the format of
// os.Environ, and the file dotenv if it exists. The environment takes precedence. An
// empty value counts as not set. If settings are invalid, the error is a [Problems] that
// lists all mistakes.
func Load(environ []string, dotenv string, into any, check func() Problems) error {
	values, err := read(environ, dotenv)
	if err != nil {
		return err
	}
	problems := parse(into, values)
	for _, p := range check() {
		if !problems.about(p.Setting) { // the value could be parsed
			problems = append(problems, p)
		}
	}
	problems = append(problems, unknown(into, values)...)
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func read(environ []string, dotenv string) (map[string]string, error) {
	values, err := godotenv.Read(dotenv)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // omit err, which may quote the file
		return nil, fmt.Errorf("%s: not a file of NAME=value lines", dotenv)
	}
	if values == nil {
		values = map[string]string{}
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	maps.DeleteFunc(values, func(name, value string) bool { return name == "" || value == "" })
	return values, nil
}

func parse(into any, values map[string]string) Problems {
	err := env.ParseWithOptions(into, env.Options{Environment: values})
	all, _ := errors.AsType[env.AggregateError](err)
	var problems Problems
	for _, err := range all.Errors {
		field, ok := errors.AsType[env.ParseError](err)
		if !ok {
			panic(err) // a tag is wrong
		}
		f, _ := reflect.TypeOf(into).Elem().FieldByName(field.Name)
		problems.Want(false, f.Tag.Get("env"), "%v", field.Err)
	}
	return problems
}

// serviceLink matches the variables that Kubernetes sets for a service, for example a
// service named portico
// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
var serviceLink = regexp.MustCompile(`_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)

// unknown reports names that start with PORTICO_ but belong to no setting.
func unknown(into any, values map[string]string) Problems {
	names := Names(into)
	var problems Problems
	for name := range values {
		known := !strings.HasPrefix(name, "PORTICO_") || slices.Contains(names, name) || serviceLink.MatchString(name)
		problems.Want(known, name, "unknown setting; portico config lists all")
	}
	return problems
}

// OnlyFor reports the settings that are set although their tag "only" names another
// profile.
func OnlyFor(profile string, from any) Problems {
	var problems Problems
	for f, value := range fields(from) {
		only := f.Tag.Get("only")
		problems.Want(only == "" || only == profile || value.IsZero(), f.Tag.Get("env"), "only for PORTICO_PROFILE=%s", only)
	}
	return problems
}
