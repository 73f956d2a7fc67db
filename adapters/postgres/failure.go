package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"example.com/portico/ports"
)

// failure says in the words of the ports why a statement failed. It goes by
// SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func failure(ctx context.Context, err error) error {
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
	case pqerror.ForeignKeyViolation:
		return fmt.Errorf("%w: %w", ports.ErrNotFound, err)
	case pqerror.CharacterNotInRepertoire:
		// No text that is stored has such a character, so nothing is there by it.
		return fmt.Errorf("%w: %w", ports.ErrNotFound, err)
	case pqerror.LockNotAvailable,
		pqerror.ReadOnlySQLTransaction: // the server is not the primary any more
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	switch e.Code.Class() {
	case "08", // connection exception
		"40", // transaction rollback: tried often enough
		"53", // insufficient resources, connections among them
		"57", // operator intervention, or statement_timeout
		"58": // system error
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return err
}

// disconnected tells that there was no connection, or that it broke.
func disconnected(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// collided tells that transactions got into each other's way, and that this one
// was undone so that another could go on.
func collided(err error) bool {
	return pq.As(err, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected) != nil
}

// violates tells whether a statement broke one of these constraints.
func violates(err error, constraints ...string) bool {
	e := pq.As(err)
	return e != nil && slices.Contains(constraints, e.Constraint)
}
