package memory

import (
	"context"
	"slices"
	"sync"
)

// undoLog makes writes to tables transactional. Only one transaction runs at a time. Each
// write changes a table in place and logs how to undo the change.
type undoLog struct {
	mu   sync.Mutex
	undo []func()
}

// transaction runs the function do in a new transaction.
func (l *undoLog) transaction(ctx context.Context, do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.undo = nil }()
	return l.step(ctx, do)
}

// step runs the function do inside the current transaction. If do fails, step undoes only
// the writes of do.
func (l *undoLog) step(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	start, done := len(l.undo), false
	defer func() {
		if done {
			return
		}
		for _, undo := range slices.Backward(l.undo[start:]) {
			undo()
		}
		l.undo = l.undo[:start]
	}()
	if err := do(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done = true
	return nil
}

// Table holds rows. Write to it only inside [Session.Atomic].
type Table[K comparable, V any] struct {
	Rows map[K]V // read only
	log  *undoLog
}

// NewTable makes an empty table whose writes take part in the transactions of db.
func NewTable[K comparable, V any](db *DB) Table[K, V] {
	return Table[K, V]{Rows: map[K]V{}, log: &db.log}
}

func (t Table[K, V]) Has(key K) bool {
	_, ok := t.Rows[key]
	return ok
}

func (t Table[K, V]) Put(key K, row V) {
	t.logUndo(key)
	t.Rows[key] = row
}

func (t Table[K, V]) Delete(key K) {
	t.logUndo(key)
	delete(t.Rows, key)
}

func (t Table[K, V]) logUndo(key K) {
	before, existed := t.Rows[key]
	t.log.undo = append(t.log.undo, func() {
		if existed {
			t.Rows[key] = before
		} else {
			delete(t.Rows, key)
		}
	})
}
