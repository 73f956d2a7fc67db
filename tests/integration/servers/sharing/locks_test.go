package sharing_test

import (
	"os"
	"testing"

	"example.com/portico/tests/integration/servers/sharing"
)

func TestLocks(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	taken := func(t *testing.T) bool {
		t.Helper()
		l, err := sharing.TryExclusive("name")
		if err != nil {
			t.Fatal(err)
		}
		if l == nil {
			return true
		}
		l.Release()
		return false
	}
	t.Run("an exclusive lock excludes others", func(t *testing.T) {
		l := must(sharing.Exclusive("name"))
		if !taken(t) {
			t.Error("the lock was taken twice, want once")
		}
		l.Release()
		if taken(t) {
			t.Error("the lock is held after its release, want it free")
		}
	})
	t.Run("a shared lock can have several holders", func(t *testing.T) {
		one, other := must(sharing.Shared("name")), must(sharing.Shared("name"))
		one.Release()
		if !taken(t) {
			t.Error("the lock is free while it is shared, want it held")
		}
		other.Release()
		if taken(t) {
			t.Error("the lock is held after its release, want it free")
		}
	})
	t.Run("Exclusive takes the lock after its release", func(t *testing.T) {
		one := must(sharing.Exclusive("name"))
		got := make(chan *sharing.Lock)
		go func() { got <- must(sharing.Exclusive("name")) }()
		one.Release()
		(<-got).Release()
	})
	t.Run("the folder is private", func(t *testing.T) {
		must(sharing.Exclusive("name")).Release()
		about := must(os.Stat(sharing.Folder()))
		if about.Mode().Perm() != 0o700 {
			t.Errorf("the mode is %s, want -rwx------", about.Mode().Perm())
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
