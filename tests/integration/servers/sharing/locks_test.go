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
	t.Run("one has it exclusively", func(t *testing.T) {
		l := must(sharing.Exclusive("name"))
		if !taken(t) {
			t.Error("another has it too")
		}
		l.Release()
		if taken(t) {
			t.Error("it is not released")
		}
	})
	t.Run("several share it", func(t *testing.T) {
		one, other := must(sharing.Shared("name")), must(sharing.Shared("name"))
		one.Release()
		if !taken(t) {
			t.Error("it is free while one still has it")
		}
		other.Release()
		if taken(t) {
			t.Error("it is not released")
		}
	})
	t.Run("others wait for it", func(t *testing.T) {
		one := must(sharing.Exclusive("name"))
		got := make(chan *sharing.Lock)
		go func() { got <- must(sharing.Exclusive("name")) }()
		one.Release()
		(<-got).Release()
	})
	t.Run("nobody else may look into the folder", func(t *testing.T) {
		must(sharing.Exclusive("name")).Release()
		about := must(os.Stat(sharing.Folder()))
		if about.Mode().Perm() != 0o700 {
			t.Errorf("its mode is %s", about.Mode())
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
