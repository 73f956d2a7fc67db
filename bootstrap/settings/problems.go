package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem describes what is wrong with one setting.
type Problem struct {
	Setting string
	Detail  string
}

// Problems is an error that lists what is wrong with the settings.
type Problems []Problem

// Want adds a problem unless ok is true. The detail must not contain a value that may be
// secret.
func (p *Problems) Want(ok bool, setting, format string, args ...any) {
	if !ok {
		*p = append(*p, Problem{setting, fmt.Sprintf(format, args...)})
	}
}

func (p Problems) Error() string {
	slices.SortFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Setting, b.Setting), cmp.Compare(a.Detail, b.Detail))
	})
	var text strings.Builder
	text.WriteString("invalid settings; nothing was started:")
	for _, problem := range slices.Compact(p) {
		fmt.Fprintf(&text, "\n  %s: %s", problem.Setting, problem.Detail)
	}
	return text.String()
}

func (p Problems) about(setting string) bool {
	return slices.ContainsFunc(p, func(problem Problem) bool { return problem.Setting == setting })
}
