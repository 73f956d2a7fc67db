package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
)

// terminal reports whether the output is a terminal.
func (p *Program) terminal() bool {
	f, ok := p.Stdout.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// Table returns a writer of lines with tab-separated fields. On a terminal, the fields are
// aligned below the headings. Call flush after the last line.
func (p *Program) Table(headings ...string) (out io.Writer, flush func() error) {
	if !p.terminal() {
		return p.Stdout, func() error { return nil }
	}
	table := tabwriter.NewWriter(p.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(headings, "\t"))
	return table, table.Flush
}

// OneLine replaces each run of white space with a space.
func OneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
