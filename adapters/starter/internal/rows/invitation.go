// Package rows holds the statements that SQLite and Postgres share, and the rows of their
// tables.
package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/starter/outbound"
)

// Invitation is a row of the table invitations.
type Invitation struct {
	ID           string        `db:"id"`
	Organisation string        `db:"organisation"`
	Email        string        `db:"email"`
	InvitedBy    string        `db:"invited_by"`
	Status       string        `db:"status"`
	CreatedAt    sqlstore.Time `db:"created_at"`
	ExpiresAt    sqlstore.Time `db:"expires_at"`
}

var columns = sqlstore.ColumnsOf[Invitation]()

// FromInvitation converts an invitation to its row.
func FromInvitation(i *invitation.Invitation) Invitation {
	v := i.Snapshot()
	return Invitation{
		ID: string(v.ID), Organisation: string(v.Organisation), Email: string(v.Email), InvitedBy: string(v.InvitedBy),
		Status: v.Status.String(), CreatedAt: sqlstore.TimeOf(v.CreatedAt), ExpiresAt: sqlstore.TimeOf(v.ExpiresAt),
	}
}

// ToDomain converts the row to an invitation.
func (r Invitation) ToDomain() (*invitation.Invitation, error) {
	status, err := invitation.ParseStatus(r.Status)
	if err != nil {
		return nil, fmt.Errorf("row of invitation %s: %w", r.ID, err)
	}
	return invitation.Rehydrate(invitation.Snapshot{
		ID: invitation.ID(r.ID), Organisation: actor.Organisation(r.Organisation), Email: invitation.Email(r.Email),
		InvitedBy: actor.ID(r.InvitedBy), Status: status, CreatedAt: r.CreatedAt.Time, ExpiresAt: r.ExpiresAt.Time,
	})
}

// Invitations implements [outbound.Invitations]. The locks are empty for a database with
// a single writer.
type Invitations struct {
	sqlstore.Session
	LockRow          string // the end of a SELECT that locks its row
	LockOrganisation string // a statement that makes other transactions wait; argument: organisation
}

func (r Invitations) Add(ctx context.Context, i *invitation.Invitation) (*invitation.Invitation, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*invitation.Invitation, error) {
		if r.LockOrganisation != "" {
			if _, err := c.Exec(ctx, r.LockOrganisation, i.Organisation()); err != nil {
				return nil, fmt.Errorf("lock organisation %s: %w", i.Organisation(), err)
			}
		}
		pending, err := sqlstore.Load[Invitation](ctx, c, "pending invitation", `
			SELECT `+columns.List+` FROM invitations WHERE organisation = $1 AND email = $2 AND status = 'pending'`,
			i.Organisation(), i.Email())
		if !errors.Is(err, ports.ErrNotFound) {
			return pending, err
		}
		return r.add(ctx, c, i)
	})
}

func (r Invitations) add(ctx context.Context, c sqlstore.Conn, i *invitation.Invitation) (*invitation.Invitation, error) {
	var pending int
	err := c.GetOne(ctx, &pending, `SELECT count(*) FROM invitations WHERE organisation = $1 AND status = 'pending'`, i.Organisation())
	if err != nil {
		return nil, fmt.Errorf("count pending invitations: %w", err)
	}
	if err := invitation.CheckPending(pending); err != nil {
		return nil, err
	}
	err = c.NamedExec(ctx, `INSERT INTO invitations (`+columns.List+`) VALUES (`+columns.Named+`)`, FromInvitation(i))
	if err != nil {
		return nil, fmt.Errorf("add invitation %s: %w", i.ID(), err)
	}
	if err := r.StoreEvents(ctx, c, string(i.ID()), i.Events()); err != nil {
		return nil, err
	}
	return invitation.Rehydrate(i.Snapshot())
}

func (r Invitations) Get(ctx context.Context, id invitation.ID) (*invitation.Invitation, error) {
	return load(ctx, r.Reader(), id, "")
}

func (r Invitations) Update(ctx context.Context, id invitation.ID, change func(*invitation.Invitation) error) (*invitation.Invitation, error) {
	return sqlstore.WriteReturning(ctx, r, func(c sqlstore.Conn) (*invitation.Invitation, error) {
		i, err := load(ctx, c, id, r.LockRow)
		if err != nil {
			return nil, err
		}
		if err := change(i); err != nil {
			return nil, err
		}
		// Only this column of an invitation ever changes.
		if err := c.NamedExec(ctx, `UPDATE invitations SET status = :status WHERE id = :id`, FromInvitation(i)); err != nil {
			return nil, fmt.Errorf("update invitation %s: %w", id, err)
		}
		if err := r.StoreEvents(ctx, c, string(id), i.Events()); err != nil {
			return nil, err
		}
		return invitation.Rehydrate(i.Snapshot())
	})
}

func load(ctx context.Context, c sqlstore.Conn, id invitation.ID, lock string) (*invitation.Invitation, error) {
	return sqlstore.Load[Invitation](ctx, c, "invitation "+string(id), `SELECT `+columns.List+` FROM invitations WHERE id = $1`+lock, id)
}

// lapsed is a row of the statement of ListLapsed.
type lapsed struct {
	ID        invitation.ID `db:"id"`
	ExpiresAt sqlstore.Time `db:"expires_at"`
}

func (r lapsed) ToDomain() (outbound.Lapsed, error) {
	return outbound.Lapsed{ID: r.ID, ExpiresAt: r.ExpiresAt.Time}, nil
}

func (r Invitations) ListLapsed(ctx context.Context, at time.Time, after outbound.Lapsed, limit int) ([]outbound.Lapsed, error) {
	since := after.ExpiresAt
	if since.IsZero() { // a zero time is stored as NULL, which compares with nothing
		since = time.Unix(0, 0)
	}
	return sqlstore.LoadAll[lapsed](ctx, r.Reader(), "lapsed invitations", `
		SELECT id, expires_at FROM invitations
		WHERE status = 'pending' AND expires_at <= $1 AND (expires_at, id) > ($2, $3)
		ORDER BY expires_at, id LIMIT $4`, sqlstore.TimeOf(at), sqlstore.TimeOf(since), after.ID, limit)
}
