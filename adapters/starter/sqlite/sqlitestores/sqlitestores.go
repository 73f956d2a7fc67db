// Package sqlitestores keeps invitations in a SQLite file.
package sqlitestores

import (
	"context"

	"example.com/portico/adapters/sqlite"
	"example.com/portico/adapters/starter/internal/rows"
	"example.com/portico/ports/starter/outbound"
)

// New makes the stores. Each write runs in its own transaction.
func New(db *sqlite.DB) outbound.Stores { return newStores(db) }

// UnitOfWork returns a unit of work, which uses all stores in one transaction.
func UnitOfWork(db *sqlite.DB) outbound.UnitOfWork { return unitOfWork{db} }

type unitOfWork struct{ db *sqlite.DB }

func (u unitOfWork) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return u.db.Do(ctx, func(ctx context.Context, s sqlite.Session) error { return work(ctx, newStores(s)) })
}

func newStores(s sqlite.Session) outbound.Stores {
	return outbound.Stores{
		Invitations: rows.Invitations{Session: s},
		Inbox:       sqlite.NewInbox(s),
		Audit:       sqlite.NewAuditLog(s),
	}
}
