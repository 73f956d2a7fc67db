package memory

import (
	"context"
	"sync"
)

// journal makes what is written to its tables transactional. There is one
// transaction at a time: it writes in place and notes how to undo that.
type journal struct {
	mu   sync.Mutex
	undo []func()
}

// atomic runs do such that all of its writes stay, or none when it fails,
// panics or finds its context cancelled.
type atomic func(ctx context.Context, do func() error) error

// transaction is atomic for those outside of any transaction.
func (j *journal) transaction(ctx context.Context, do func() error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() { j.undo = nil }()
	return j.step(ctx, do)
}

// step is atomic for those inside a transaction, which may go on when it fails.
func (j *journal) step(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	start, done := len(j.undo), false
	defer func() {
		if !done {
			j.rollBack(start)
		}
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

// within is atomic with a result.
func within[R any](ctx context.Context, a atomic, do func() (R, error)) (R, error) {
	var result R
	err := a(ctx, func() (err error) {
		result, err = do()
		return err
	})
	if err != nil {
		return *new(R), err
	}
	return result, nil
}

func (j *journal) rollBack(to int) {
	for i := len(j.undo) - 1; i >= to; i-- {
		j.undo[i]()
	}
	j.undo = j.undo[:to]
}

// table holds rows that are written inside a transaction only.
type table[K comparable, V any] struct {
	journal *journal
	rows    map[K]V
}

func newTable[K comparable, V any](j *journal) table[K, V] {
	return table[K, V]{journal: j, rows: map[K]V{}}
}

func (t table[K, V]) has(key K) bool {
	_, ok := t.rows[key]
	return ok
}

func (t table[K, V]) put(key K, row V) {
	t.noteBefore(key)
	t.rows[key] = row
}

func (t table[K, V]) remove(key K) {
	t.noteBefore(key)
	delete(t.rows, key)
}

func (t table[K, V]) noteBefore(key K) {
	before, was := t.rows[key]
	t.journal.undo = append(t.journal.undo, func() {
		if was {
			t.rows[key] = before
		} else {
			delete(t.rows, key)
		}
	})
}
