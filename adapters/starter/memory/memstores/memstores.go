// Package memstores keeps invitations in memory, for tests.
package memstores

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/portico/adapters/memory"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/ports/starter/outbound"
)

// DB is the database of one service. It stores snapshots, so a returned invitation shares
// no memory with the database.
type DB struct {
	engine *memory.DB
	table  memory.Table[invitation.ID, invitation.Snapshot]
}

// NewDB makes an empty database.
func NewDB() *DB {
	engine := memory.NewDB()
	return &DB{engine, memory.NewTable[invitation.ID, invitation.Snapshot](engine)}
}

// Stores returns stores in which each method call is a transaction.
func (db *DB) Stores() outbound.Stores { return db.stores(db.engine.Session()) }

// Outbox returns the outbox that all transactions share.
func (db *DB) Outbox() platform.Outbox { return db.engine.Outbox() }

// Do implements [outbound.UnitOfWork].
func (db *DB) Do(ctx context.Context, work func(context.Context, outbound.Stores) error) error {
	return db.engine.Do(ctx, func(ctx context.Context, s memory.Session) error { return work(ctx, db.stores(s)) })
}

func (db *DB) stores(s memory.Session) outbound.Stores {
	return outbound.Stores{
		Invitations: invitations{db.table, s},
		Inbox:       memory.NewInbox(s),
		Audit:       memory.NewAuditLog(s),
	}
}

type invitations struct {
	table memory.Table[invitation.ID, invitation.Snapshot]
	memory.Session
}

func (r invitations) Add(ctx context.Context, i *invitation.Invitation) (*invitation.Invitation, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*invitation.Invitation, error) {
		pending := 0
		for _, row := range r.table.Rows {
			if row.Organisation != i.Organisation() || row.Status != invitation.StatusPending {
				continue
			}
			if row.Email == i.Email() {
				return invitation.Rehydrate(row)
			}
			pending++
		}
		if err := invitation.CheckPending(pending); err != nil {
			return nil, err
		}
		if r.table.Has(i.ID()) {
			return nil, fmt.Errorf("invitation %s: %w", i.ID(), ports.ErrExists)
		}
		return r.put(ctx, i)
	})
}

func (r invitations) Get(ctx context.Context, id invitation.ID) (*invitation.Invitation, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*invitation.Invitation, error) { return r.load(id) })
}

func (r invitations) Update(ctx context.Context, id invitation.ID, change func(*invitation.Invitation) error) (*invitation.Invitation, error) {
	return memory.AtomicReturning(ctx, r.Session, func() (*invitation.Invitation, error) {
		i, err := r.load(id)
		if err != nil {
			return nil, err
		}
		if err := change(i); err != nil {
			return nil, err
		}
		return r.put(ctx, i)
	})
}

func (r invitations) ListLapsed(ctx context.Context, at time.Time, after outbound.Lapsed, limit int) ([]outbound.Lapsed, error) {
	inOrder := func(a, b outbound.Lapsed) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ID, b.ID))
	}
	return memory.AtomicReturning(ctx, r.Session, func() ([]outbound.Lapsed, error) {
		var found []outbound.Lapsed
		for _, row := range r.table.Rows {
			l := outbound.Lapsed{ID: row.ID, ExpiresAt: row.ExpiresAt}
			if row.Status == invitation.StatusPending && !row.ExpiresAt.After(at) && inOrder(l, after) > 0 {
				found = append(found, l)
			}
		}
		slices.SortFunc(found, inOrder)
		return found[:min(limit, len(found))], nil
	})
}

func (r invitations) load(id invitation.ID) (*invitation.Invitation, error) {
	row, ok := r.table.Rows[id]
	if !ok {
		return nil, fmt.Errorf("invitation %s: %w", id, ports.ErrNotFound)
	}
	return invitation.Rehydrate(row)
}

// put stores an invitation and its events, and returns a copy.
func (r invitations) put(ctx context.Context, i *invitation.Invitation) (*invitation.Invitation, error) {
	stored, err := invitation.Rehydrate(i.Snapshot())
	if err != nil {
		return nil, err
	}
	r.table.Put(i.ID(), stored.Snapshot())
	r.StoreEvents(ctx, string(i.ID()), i.Events())
	return stored, nil
}
