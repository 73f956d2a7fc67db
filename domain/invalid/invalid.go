// Package invalid reports all problems with an input at once.
package invalid

import (
	"errors"
	"fmt"
	"strings"
)

// Problem describes what is wrong with one field.
type Problem struct {
	// Field is a path of names and zero-based indexes: "tiers/0/price".
	Field string
	// Detail says what is wrong and what is allowed.
	Detail string
}

// Error lists every problem found.
type Error struct{ Problems []Problem }

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Field + ": " + p.Detail
	}
	return "invalid: " + strings.Join(lines, "; ")
}

// Collector gathers problems while a constructor checks every field. The zero value is
// ready to use.
type Collector struct{ problems []Problem }

// Add records a problem with a field.
func (c *Collector) Add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Detail: fmt.Sprintf(format, args...)})
}

// Check records a problem unless ok is true.
func (c *Collector) Check(ok bool, field, format string, args ...any) {
	if !ok {
		c.Add(field, format, args...)
	}
}

// Include adds the problems of an [*Error]. It ignores any other error.
func (c *Collector) Include(err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		c.problems = append(c.problems, e.Problems...)
	}
}

// Err returns an [*Error] with all problems, or nil if there are none.
func (c *Collector) Err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &Error{Problems: c.problems}
}
