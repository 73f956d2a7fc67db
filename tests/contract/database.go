package contract

import (
	"context"
	"testing"

	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Database holds the domain-independent ports of one database. S is the type of the
// stores in a unit of work.
type Database[S any] struct {
	UnitOfWork platform.UnitOfWork[S]
	Outbox     platform.Outbox
	Inbox      func(stores S) platform.Inbox
	AuditLog   func(stores S) platform.AuditLog
	// Counters keeps sample state in the stores S.
	Counters Counters[S]
	// Record stores one event of a new aggregate in a transaction. It returns the event
	// that the outbox must relay, but without ID and Headers, which the store sets.
	Record func(ctx context.Context) (platform.Event, error)

	// Reopen closes the database and opens it again. It is nil if the database is not
	// durable.
	Reopen func(t *testing.T) Database[S]
	// OpenAnother opens the same database a second time, as another process would. It is
	// nil if the database is not shared.
	OpenAnother func(t *testing.T) Database[S]
}

// Counters keeps numbers in the stores S. Numbers are the simplest state that can be
// changed and read back.
type Counters[S any] interface {
	// New adds a counter with the value 0 and returns its id.
	New(ctx context.Context, stores S) (id string, err error)
	// Increment adds 1 to a counter.
	Increment(ctx context.Context, stores S, id string) error
	// FailToIncrement calls one store method, which adds 1 to a counter and then fails
	// with the given error.
	FailToIncrement(ctx context.Context, stores S, id string, failure error) error
	// Get returns the value of a counter.
	Get(ctx context.Context, stores S, id string) (int, error)
}

// RunDatabase runs the suite of every port of a database. The function open returns an
// empty database for the duration of the test.
func RunDatabase[S any](t *testing.T, open func(t *testing.T) Database[S]) {
	t.Run("unit of work", func(t *testing.T) { RunUnitOfWork(t, open) })
	t.Run("inbox", func(t *testing.T) { RunInbox(t, open) })
	t.Run("audit log", func(t *testing.T) { RunAuditLog(t, open) })
	t.Run("outbox", func(t *testing.T) { RunOutbox(t, open) })
}

func (db Database[S]) newCounter(t *testing.T) (id string) {
	t.Helper()
	testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) (err error) {
		id, err = db.Counters.New(ctx, stores)
		return err
	}))
	return id
}

func (db Database[S]) increment(ctx context.Context, id string) error {
	return db.UnitOfWork.Do(ctx, func(ctx context.Context, stores S) error {
		return db.Counters.Increment(ctx, stores, id)
	})
}

func (db Database[S]) wantCounter(t *testing.T, id string, want int) {
	t.Helper()
	testkit.Must(t, db.UnitOfWork.Do(t.Context(), func(ctx context.Context, stores S) error {
		got, err := db.Counters.Get(ctx, stores, id)
		if err == nil {
			testkit.WantEqual(t, "counter", got, want)
		}
		return err
	}))
}
