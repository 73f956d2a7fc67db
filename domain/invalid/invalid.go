// Package invalid tells what is wrong with values that came from outside, all
// of it at once.
package invalid

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is one thing wrong with one field.
type Problem struct {
	// Field is a path of names and zero-based indexes: "tiers/0/price".
	Field string
	// Detail says what is wrong and what would be right.
	Detail string
}

// Error lists every problem found. Nothing was changed.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Field + ": " + p.Detail
	}
	return "invalid: " + strings.Join(lines, "; ")
}

// Collector gathers problems while a constructor looks at every field. The zero
// value is ready.
type Collector struct{ problems []Problem }

// Add notes a problem with a field.
func (c *Collector) Add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Detail: fmt.Sprintf(format, args...)})
}

// Check notes a problem unless ok.
func (c *Collector) Check(ok bool, field, format string, args ...any) {
	if !ok {
		c.Add(field, format, args...)
	}
}

// Include takes over the problems of an *Error; any other error is none.
func (c *Collector) Include(err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		c.problems = append(c.problems, e.Problems...)
	}
}

// Err is an *Error with what was gathered, or nil.
func (c *Collector) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &Error{Problems: c.problems}
}
