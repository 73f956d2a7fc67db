package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"
)

func TestConcurrentCallersShareAPreparedStatement(t *testing.T) {
	server := &fakeServer{}
	server.preparing.Add(2)
	pool := NewPool(sqlx.NewDb(sql.OpenDB(server), "fake"), Dialect{})
	defer pool.Close()
	var prepared [2]*sqlx.Stmt
	var racers sync.WaitGroup
	for i := range prepared {
		racers.Go(func() {
			var err error
			if prepared[i], err = pool.prepare(t.Context(), "SELECT 1"); err != nil { //nolint:sqlclosecheck // the pool closes its statements
				t.Error(err)
			}
		})
	}
	racers.Wait()
	if prepared[0] != prepared[1] {
		t.Error("got two statements, want one that both use")
	}
	if n := server.statements.Load(); n != 1 {
		t.Errorf("%d statements are open, want 1", n)
	}
}

// fakeServer is a database that only prepares statements. Prepare blocks until two
// callers prepare at the same time.
type fakeServer struct {
	preparing  sync.WaitGroup
	statements atomic.Int64
}

func (s *fakeServer) Connect(context.Context) (driver.Conn, error) { return fakeConn{server: s}, nil }

func (s *fakeServer) Driver() driver.Driver { return nil }

type fakeConn struct{ server *fakeServer }

func (c fakeConn) Prepare(string) (driver.Stmt, error) {
	c.server.preparing.Done()
	c.server.preparing.Wait()
	c.server.statements.Add(1)
	return fakeStmt{server: c.server}, nil
}

func (fakeConn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (fakeConn) Close() error { return nil }

type fakeStmt struct {
	driver.Stmt
	server *fakeServer
}

func (s fakeStmt) Close() error {
	s.server.statements.Add(-1)
	return nil
}
