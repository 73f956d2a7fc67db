package sqlstore

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Columns are the columns of a table, in the order of the fields of a row struct
// with db tags.
type Columns struct {
	List  string // for SELECT and INSERT: "id, show_id"
	Named string // placeholders for [Conn.NamedExec]: ":id, :show_id"
}

// ColumnsOf returns the columns of the row struct R.
func ColumnsOf[R any]() Columns {
	names := columnNames[R]()
	return Columns{List: strings.Join(names, ", "), Named: ":" + strings.Join(names, ", :")}
}

func columnNames[R any]() []string {
	var names []string
	for _, f := range columnFields[R]() {
		names = append(names, f.Tag.Get("db"))
	}
	return names
}

// columnFields includes the fields of embedded structs.
func columnFields[R any]() []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[R]()), func(f reflect.StructField) bool { return f.Tag.Get("db") == "" })
}

// Statement is a statement for databases with numbered placeholders. Its
// arguments are the columns of a row struct R, each once, however often the
// statement uses it.
type Statement[R any] struct {
	Text   string
	fields [][]int
}

// placeholder also matches casts such as ::text, so that they can be skipped.
var placeholder = regexp.MustCompile(`::?\w+`)

// NewStatement replaces each :column in text with its number. It is for package
// variables: it panics if R has no such column.
func NewStatement[R any](text string) Statement[R] {
	columns := columnNames[R]()
	s := Statement[R]{Text: placeholder.ReplaceAllStringFunc(text, func(match string) string {
		if strings.HasPrefix(match, "::") {
			return match
		}
		i := slices.Index(columns, match[1:])
		if i < 0 {
			panic(fmt.Sprintf("%T has no column for %s", *new(R), match))
		}
		return fmt.Sprintf("$%d", i+1)
	})}
	for _, f := range columnFields[R]() {
		s.fields = append(s.fields, f.Index)
	}
	return s
}

// Args returns the arguments of the statement.
func (s Statement[R]) Args(row R) []any {
	v := reflect.ValueOf(row)
	args := make([]any, len(s.fields))
	for i, index := range s.fields {
		args[i] = v.FieldByIndex(index).Interface()
	}
	return args
}
