// Package rows is what the SQL stores of the box office share: rows of its tables,
// and the stores themselves. A statement that the databases word differently is a
// field of its store; the others are written with $1, which both understand.
package rows

import (
	"context"
	"fmt"

	"example.com/portico/adapters/internal/sqlstore"
)

// load reads the row with an id. Its errors name what it holds, and the id.
func load[R sqlstore.Row[A], A any, ID ~string](ctx context.Context, c sqlstore.Conn, what string, id ID, query string) (A, error) {
	found, err := sqlstore.Load[R](ctx, c, query, id)
	if err != nil {
		return *new(A), fmt.Errorf("%s %s: %w", what, id, err)
	}
	return found, nil
}
