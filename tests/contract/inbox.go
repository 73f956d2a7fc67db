package contract

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/portico/ports"
	"example.com/portico/tests/testkit"
)

// RunInbox checks a [platform.Inbox].
func RunInbox[S any](t *testing.T, open func(t *testing.T) Database[S]) {
	t.Run("reports each event as new once per subscription", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		for _, step := range []struct {
			subscription string
			event        ports.EventID
			first        bool
		}{
			{"mail", "event 1", true},
			{"mail", "event 1", false},
			{"search", "event 1", true},
			{"mail", "event 2", true},
			{"search", "event 1", false},
			{"mail", "event 2", false},
			{"mail", "event 1", false},
		} {
			got := db.firstTime(t, step.subscription, step.event)
			testkit.WantEqual(t, "first time of "+string(step.event)+" for "+step.subscription, got, step.first)
		}
	})

	t.Run("reports an event as new only once within one unit of work", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			for _, want := range []bool{true, false} {
				got, err := db.Inbox(stores).FirstTime(ctx, "mail", "event 1")
				testkit.Must(t, err)
				testkit.WantEqual(t, "first time", got, want)
			}
			return nil
		}))
	})

	t.Run("reports an event as new again after a rollback", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		failure := errors.New("failure")
		err := db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			first, err := db.Inbox(stores).FirstTime(ctx, "mail", "event 1")
			testkit.Must(t, err)
			testkit.WantEqual(t, "first time", first, true)
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantEqual(t, "first time", db.firstTime(t, "mail", "event 1"), true)
	})

	t.Run("prunes the records made before a time, oldest first", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		const limit = 2
		prune := func(before time.Time) (n int) {
			t.Helper()
			testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) (err error) {
				n, err = db.Inbox(stores).Prune(ctx, before, limit)
				return err
			}))
			return n
		}
		events := []ports.EventID{"event 3", "event 1", "event 4", "event 2"}
		for _, e := range events {
			db.firstTime(t, "mail", e)
			db.firstTime(t, "mail", e) // does not change the time of the record
		}
		testkit.WantEqual(t, "pruned before an hour ago", prune(time.Now().Add(-time.Hour)), 0)
		testkit.WantEqual(t, "pruned before the next hour", prune(time.Now().Add(time.Hour)), limit)
		for i, e := range events {
			testkit.WantEqual(t, "first time of "+string(e), db.firstTime(t, "mail", e), i < limit)
		}
		testkit.WantEqual(t, "pruned the second time", prune(time.Now().Add(time.Hour)), limit)
	})

	t.Run("lets an event take effect once when it is delivered several times concurrently", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) { db.wantOneEffect(t, db) })
	})

	t.Run("remembers an event when the database is reopened", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessDurable(t, db.Reopen != nil)
		testkit.WantEqual(t, "first time", db.firstTime(t, "mail", "event 1"), true)
		db = db.Reopen(t)
		testkit.WantEqual(t, "first time after it was reopened", db.firstTime(t, "mail", "event 1"), false)
	})

	t.Run("lets an event take effect once when two processes receive it", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessShared(t, db.OpenAnother != nil)
		other := db.OpenAnother(t)
		testkit.InParallelRounds(t, func(t *testing.T) { db.wantOneEffect(t, other) })
	})
}

func (db Database[S]) firstTime(t *testing.T, subscription string, id ports.EventID) (first bool) {
	t.Helper()
	testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) (err error) {
		first, err = db.Inbox(stores).FirstTime(ctx, subscription, id)
		return err
	}))
	return first
}

// wantOneEffect checks that an event takes effect once despite concurrent deliveries
// through both db and other.
func (db Database[S]) wantOneEffect(t *testing.T, other Database[S]) {
	t.Helper()
	counter, event := db.newCounter(t), ports.EventID(newID())
	testkit.RunConcurrently(5, func(i int) {
		db := []Database[S]{db, other}[i%2]
		err := db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			first, err := db.Inbox(stores).FirstTime(ctx, "mail", event)
			if err != nil || !first {
				return err
			}
			return db.Counters.Increment(ctx, stores, counter)
		})
		if err != nil {
			t.Errorf("delivery %d: %v", i+1, err)
		}
	})
	db.wantCounter(t, counter, 1)
}
