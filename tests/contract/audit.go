package contract

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// RunAuditLog checks a [platform.AuditLog].
func RunAuditLog[S any](t *testing.T, open func(t *testing.T) Database[S]) {
	t.Run("lists records as they were appended, page by page", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		testkit.WantEqual(t, "records of an empty log", db.auditRecords(t), []platform.AuditRecord{})
		var want []platform.AuditRecord
		for i := range 5 {
			r := auditRecord(i)
			db.appendRecord(t, r)
			want = append(want, r)
		}
		testkit.WantEqual(t, "records", db.auditRecords(t), want)
	})

	t.Run("commits a record together with the other changes, or not at all", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		counter := db.newCounter(t)
		failure := errors.New("failure")
		change := func(ctx context.Context, stores S) error {
			return errors.Join(db.Counters.Increment(ctx, stores, counter), db.AuditLog(stores).Append(ctx, auditRecord(1)))
		}
		err := db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			return errors.Join(change(ctx, stores), failure)
		})
		testkit.WantError(t, err, failure)
		testkit.WantEqual(t, "records after a rollback", db.auditRecords(t), []platform.AuditRecord{})
		db.wantCounter(t, counter, 0)

		testkit.Must(t, db.UnitOfWork.Do(t.Context(), change))
		testkit.WantEqual(t, "records", db.auditRecords(t), []platform.AuditRecord{auditRecord(1)})
		db.wantCounter(t, counter, 1)
	})

	t.Run("keeps its records when the database is reopened", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessDurable(t, db.Reopen != nil)
		db.appendRecord(t, auditRecord(1))
		db = db.Reopen(t)
		testkit.WantEqual(t, "records", db.auditRecords(t), []platform.AuditRecord{auditRecord(1)})
	})

	t.Run("lists the records of another process", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessShared(t, db.OpenAnother != nil)
		db.OpenAnother(t).appendRecord(t, auditRecord(1))
		testkit.WantEqual(t, "records", db.auditRecords(t), []platform.AuditRecord{auditRecord(1)})
	})
}

func auditRecord(i int) platform.AuditRecord {
	return platform.AuditRecord{
		At:       time.Date(2031, time.May, 4, 12, 0, 0, 1000*(5-i), time.UTC), // the order does not depend on the time
		Operator: "olga", Command: "ConfirmPayment", Subject: fmt.Sprint("booking ", i), Detail: "attempt 1", Reason: "seen \"é\" 🎭\tat\nthe gateway",
	}
}

func (db Database[S]) appendRecord(t *testing.T, r platform.AuditRecord) {
	t.Helper()
	testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
		return db.AuditLog(stores).Append(ctx, r)
	}))
}

// auditRecords reads all records in pages of two, checks that their positions ascend, and
// returns them without positions.
func (db Database[S]) auditRecords(t *testing.T) []platform.AuditRecord {
	t.Helper()
	all := []platform.AuditRecord{}
	last := int64(0)
	for {
		var page []platform.AuditRecord
		testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) (err error) {
			page, err = db.AuditLog(stores).List(ctx, last, 2)
			return err
		}))
		for _, r := range page {
			if r.Position <= last {
				t.Fatalf("position %d follows %d, want ascending positions", r.Position, last)
			}
			last, r.Position = r.Position, 0
			all = append(all, r)
		}
		if len(page) < 2 {
			return all
		}
	}
}
