// Package pgstores keeps invitations in PostgreSQL.
package pgstores

import (
	"context"

	"example.com/portico/adapters/postgres"
	"example.com/portico/adapters/starter/internal/rows"
	"example.com/portico/ports/starter/outbound"
)

// New returns the stores. Each method runs in a separate transaction.
func New(db *postgres.DB) outbound.Stores { return newStores(db) }

// UnitOfWork returns a unit of work on all stores. Each Update locks the row that it
// changes.
func UnitOfWork(db *postgres.DB) outbound.UnitOfWork { return unitOfWork{db} }

type unitOfWork struct{ db *postgres.DB }

func (u unitOfWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return u.db.Do(ctx, func(ctx context.Context, s postgres.Session) error { return work(ctx, newStores(s)) })
}

func newStores(s postgres.Session) outbound.Stores {
	return outbound.Stores{
		Invitations: rows.Invitations{
			Session: s, LockRow: ` FOR UPDATE`,
			// Until the end of the transaction. Without it, concurrent transactions could
			// together exceed the limit on pending invitations.
			LockOrganisation: `SELECT pg_advisory_xact_lock(hashtextextended('invitations of ' || $1, 0))`,
		},
		Inbox: postgres.NewInbox(s),
		Audit: postgres.NewAuditLog(s),
	}
}
