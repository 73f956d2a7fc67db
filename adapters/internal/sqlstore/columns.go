package sqlstore

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Columns lists the columns of a table, in the order of the tagged fields of its row
// struct.
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

// columnFields returns the tagged fields, including those of embedded structs.
func columnFields[R any]() []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[R]()), func(f reflect.StructField) bool { return f.Tag.Get("db") == "" })
}

// Statement is an SQL statement with numbered placeholders. Its arguments are the columns
// of a row struct R. Each column is one argument, even if the statement repeats the
// column.
type Statement[R any] struct {
	Text   string
	fields [][]int
}

// placeholder matches :column, and casts such as ::text, which NewStatement skips.
var placeholder = regexp.MustCompile(`::?\w+`)

// NewStatement replaces each :column in text with its numbered placeholder. It panics if
// R has no such column, so use it only for package variables.
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

// Args returns the statement's arguments for a row.
func (s Statement[R]) Args(row R) []any {
	v := reflect.ValueOf(row)
	args := make([]any, len(s.fields))
	for i, index := range s.fields {
		args[i] = v.FieldByIndex(index).Interface()
	}
	return args
}
