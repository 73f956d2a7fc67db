package memory

import (
	"context"

	"example.com/portico/ports/platform"
)

// NewAuditLog makes the audit log of a session.
func NewAuditLog(s Session) platform.AuditLog { return auditLog{s} }

type auditLog struct{ Session }

func (l auditLog) Append(ctx context.Context, r platform.AuditRecord) error {
	return l.Atomic(ctx, func() error {
		r.Position = int64(len(l.db.audit.Rows)) + 1 // no record is ever removed
		l.db.audit.Put(r.Position, r)
		return nil
	})
}

func (l auditLog) List(ctx context.Context, after int64, limit int) ([]platform.AuditRecord, error) {
	return AtomicReturning(ctx, l.Session, func() ([]platform.AuditRecord, error) {
		records := []platform.AuditRecord{}
		for position := after + 1; len(records) < limit; position++ {
			r, ok := l.db.audit.Rows[position]
			if !ok {
				break
			}
			records = append(records, r)
		}
		return records, nil
	})
}
