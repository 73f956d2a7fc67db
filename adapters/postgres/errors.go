package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/ports"
)

// mapError translates a driver error into an error of package ports, according to the
// SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func mapError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, sql.ErrNoRows):
		return ports.ErrNotFound
	case disconnected(err):
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	e := pq.As(err)
	if e == nil {
		return err
	}
	switch e.Code {
	case pqerror.UniqueViolation:
		return fmt.Errorf("%w: %w", ports.ErrExists, err)
	case pqerror.ForeignKeyViolation,
		pqerror.CharacterNotInRepertoire: // no stored text contains such a character, so no row matches
		return fmt.Errorf("%w: %w", ports.ErrNotFound, err)
	case pqerror.LockNotAvailable,
		pqerror.ReadOnlySQLTransaction: // the server is no longer the primary
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	switch e.Code.Class() {
	case "08", // connection exception
		"40", // transaction rollback: the retries are exhausted
		"53", // insufficient resources, such as connections
		"57", // operator intervention, or statement_timeout
		"58": // system error
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return err
}

// disconnected reports whether connecting failed or the connection broke.
func disconnected(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isSerializationFailure reports whether the server rolled the transaction back because
// it conflicted with others.
func isSerializationFailure(err error) bool {
	return pq.As(err, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected) != nil
}

// ViolatesConstraint reports whether a statement violated one of these constraints.
func ViolatesConstraint(err error, constraints ...string) bool {
	e := pq.As(err)
	return e != nil && slices.Contains(constraints, e.Constraint)
}

// checkArgs refuses strings that Postgres cannot store, because the server would abort
// the transaction.
func checkArgs(args []any) error {
	if slices.ContainsFunc(args, invalidText) {
		return ports.ErrNotFound
	}
	return nil
}

// invalidText reports whether arg is a string with invalid UTF-8 or a NUL. Postgres
// cannot store such a string, so no row matches it.
func invalidText(arg any) bool {
	v := reflect.ValueOf(arg)
	return v.Kind() == reflect.String && (!utf8.ValidString(v.String()) || strings.ContainsRune(v.String(), 0))
}
