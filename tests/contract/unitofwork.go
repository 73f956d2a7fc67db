package contract

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// RunUnitOfWork checks a [platform.UnitOfWork].
func RunUnitOfWork[S any](t *testing.T, open func(t *testing.T) Database[S]) {
	failure := errors.New("failure")

	t.Run("commits all changes", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		first, second := db.newCounter(t), db.newCounter(t)
		testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			return db.incrementAll(ctx, stores, first, second, second)
		}))
		db.wantCounter(t, first, 1)
		db.wantCounter(t, second, 2)
	})

	t.Run("changes nothing", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name string
			do   func(t *testing.T, uow platform.UnitOfWork[S], work func(context.Context, S) error)
		}{
			{"when the work fails", func(t *testing.T, uow platform.UnitOfWork[S], work func(context.Context, S) error) {
				err := uow.Do(t.Context(), func(ctx context.Context, stores S) error {
					testkit.Must(t, work(ctx, stores))
					return failure
				})
				testkit.WantError(t, err, failure)
			}},
			{"when the work panics", func(t *testing.T, uow platform.UnitOfWork[S], work func(context.Context, S) error) {
				testkit.WantPanic(t, failure, func() {
					_ = uow.Do(t.Context(), func(ctx context.Context, stores S) error {
						testkit.Must(t, work(ctx, stores))
						panic(failure)
					})
				})
			}},
			{"when its context is cancelled before the end", func(t *testing.T, uow platform.UnitOfWork[S], work func(context.Context, S) error) {
				ctx, cancel := context.WithCancel(t.Context())
				err := uow.Do(ctx, func(ctx context.Context, stores S) error {
					testkit.Must(t, work(ctx, stores))
					cancel()
					return nil
				})
				testkit.WantError(t, err, context.Canceled)
			}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				first, second := db.newCounter(t), db.newCounter(t)
				RelayAll(t, db.Outbox)
				tt.do(t, db.UnitOfWork, func(ctx context.Context, stores S) error {
					return db.incrementAll(ctx, stores, first, second)
				})
				db.wantCounter(t, first, 0)
				db.wantCounter(t, second, 0)
				testkit.WantEqual(t, "events", RelayAll(t, db.Outbox), nil)

				testkit.Must(t, db.increment(t.Context(), first))
				db.wantCounter(t, first, 1)
			})
		}
	})

	t.Run("sees its own changes", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			id, err := db.Counters.New(ctx, stores)
			testkit.Must(t, err)
			for want := range 3 {
				got, err := db.Counters.Get(ctx, stores, id)
				testkit.Must(t, err)
				testkit.WantEqual(t, "counter", got, want)
				testkit.Must(t, db.Counters.Increment(ctx, stores, id))
			}
			return nil
		}))
	})

	t.Run("discards the changes of a failed store method and keeps all others", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		id := db.newCounter(t)
		testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
			testkit.Must(t, db.Counters.Increment(ctx, stores, id))
			testkit.WantError(t, db.Counters.FailToIncrement(ctx, stores, id, failure), failure)
			return db.Counters.Increment(ctx, stores, id)
		}))
		db.wantCounter(t, id, 2)
	})

	t.Run("commits two units of work that change the same aggregates in opposite order", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			a, b := db.newCounter(t), db.newCounter(t)
			orders := [][]string{{a, b}, {b, a}}
			testkit.RunConcurrently(len(orders), func(i int) {
				err := db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
					return db.incrementAll(ctx, stores, orders[i]...)
				})
				if err != nil {
					t.Errorf("order %d: %v", i+1, err)
				}
			})
			db.wantCounter(t, a, 2)
			db.wantCounter(t, b, 2)
		})
	})

	t.Run("loses no concurrent changes", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		db.wantNoChangeLost(t, db)
	})

	t.Run("does not begin if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		err := db.UnitOfWork.Do(testkit.CancelledContext(t), func(context.Context, S) error {
			t.Error("the work was run")
			return nil
		})
		testkit.WantError(t, err, context.Canceled)
	})

	t.Run("keeps committed changes when the database is reopened", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessDurable(t, db.Reopen != nil)
		id := db.newCounter(t)
		testkit.Must(t, db.increment(t.Context(), id))

		db = db.Reopen(t)
		db.wantCounter(t, id, 1)
		testkit.Must(t, db.increment(t.Context(), id))
		db.wantCounter(t, id, 2)
	})

	t.Run("sees changes as soon as another process has committed them", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessShared(t, db.OpenAnother != nil)
		other := db.OpenAnother(t)
		id := db.newCounter(t)
		other.wantCounter(t, id, 0)
		testkit.Must(t, other.increment(t.Context(), id))
		db.wantCounter(t, id, 1)
	})

	t.Run("loses no changes that two processes make concurrently", func(t *testing.T) {
		t.Parallel()
		db := open(t)
		SkipUnlessShared(t, db.OpenAnother != nil)
		db.wantNoChangeLost(t, db.OpenAnother(t))
	})
}

func (db Database[S]) incrementAll(ctx context.Context, stores S, ids ...string) error {
	for _, id := range ids {
		if err := db.Counters.Increment(ctx, stores, id); err != nil {
			return err
		}
	}
	return nil
}

// wantNoChangeLost checks that no increment is lost when goroutines increment a counter
// through both db and other.
func (db Database[S]) wantNoChangeLost(t *testing.T, other Database[S]) {
	t.Helper()
	const changes = 10
	id := db.newCounter(t)
	testkit.RunConcurrently(changes, func(i int) {
		if err := []Database[S]{db, other}[i%2].increment(t.Context(), id); err != nil {
			t.Errorf("change %d: %v", i+1, err)
		}
	})
	db.wantCounter(t, id, changes)
}
