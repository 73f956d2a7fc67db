package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"example.com/portico/adapters/blob"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/contract"
)

func openFiles(t *testing.T, dir string) *blob.Objects {
	t.Helper()
	o, err := blob.OpenFiles(dir)
	return closedAtTheEnd(t, o, err)
}

func closedAtTheEnd(t *testing.T, o *blob.Objects, err error) *blob.Objects {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// TestMain finds what is left running. Connections to S3 end when they have been
// idle for five seconds.
func TestMain(m *testing.M) {
	code := m.Run()
	for end := time.Now().Add(15 * time.Second); code == 0; {
		left := goleak.Find()
		if left == nil {
			break
		}
		if time.Now().After(end) {
			fmt.Fprintln(os.Stderr, left)
			code = 1
		}
	}
	os.Exit(code)
}

func TestFilesKeepTheContract(t *testing.T) {
	t.Parallel()
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			contract.RunObjects(t, func(t *testing.T) contract.Objects {
				t.Helper()
				dir := t.TempDir()
				return contractObjects(t, func() (*blob.Objects, error) { return blob.OpenFiles(dir) })
			})
		})
	}
}

// contractObjects declares that what open opens is durable and shared.
func contractObjects(t *testing.T, open func() (*blob.Objects, error)) contract.Objects {
	t.Helper()
	o, err := open()
	if err != nil {
		t.Fatal(err)
	}
	closeOnce := sync.OnceValue(o.Close)
	t.Cleanup(func() {
		if err := closeOnce(); err != nil {
			t.Error(err)
		}
	})
	openAnother := func(t *testing.T) platform.Objects {
		t.Helper()
		another, err := open()
		return closedAtTheEnd(t, another, err)
	}
	return contract.Objects{
		Objects: o,
		Reopen: func(t *testing.T) platform.Objects {
			t.Helper()
			if err := closeOnce(); err != nil {
				t.Fatal(err)
			}
			return openAnother(t)
		},
		OpenAnother: openAnother,
	}
}

func TestOpenFiles(t *testing.T) {
	t.Run("makes the folder, for nobody else to read", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data", "objects")
		put(t, openFiles(t, dir), "tickets/42.pdf")
		for _, d := range []string{dir, filepath.Join(dir, "tickets")} {
			info, err := os.Stat(d)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is open to others: %s", d, info.Mode())
			}
		}
	})

	t.Run("finds what was put before it was opened", func(t *testing.T) {
		dir := t.TempDir()
		put(t, openFiles(t, dir), "tickets/42.pdf")
		r, err := openFiles(t, dir).Open(t.Context(), "tickets/42.pdf")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if content, err := io.ReadAll(r); err != nil || string(content) != "content" {
			t.Errorf("it holds %q, %v", content, err)
		}
	})

	t.Run("leaves nothing but the files in the folder", func(t *testing.T) {
		dir := t.TempDir()
		o := openFiles(t, dir)
		put(t, o, "tickets/42.pdf")
		put(t, o, "tickets/42.pdf")
		if err := o.Put(t.Context(), "tickets/43.pdf", "application/pdf", iotest.ErrReader(errors.New("broken"))); err == nil {
			t.Error("a broken content was put")
		}
		if got, want := filesIn(t, dir), []string{"tickets/42.pdf"}; !slices.Equal(got, want) {
			t.Errorf("the folder holds %q, want %q", got, want)
		}
	})

	t.Run("reads and writes nothing outside of the folder", func(t *testing.T) {
		parent := t.TempDir()
		if err := os.WriteFile(filepath.Join(parent, "secret"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
		o := openFiles(t, filepath.Join(parent, "objects"))
		for _, key := range []string{"../secret", "tickets/../../secret", ".."} {
			if r, err := o.Open(t.Context(), key); err == nil {
				t.Errorf("it opened %s", key)
				r.Close()
			}
			_ = o.Put(t.Context(), key, "application/pdf", strings.NewReader("changed"))
		}
		content, err := os.ReadFile(filepath.Join(parent, "secret"))
		if err != nil || !bytes.Equal(content, []byte("secret")) {
			t.Errorf("the file outside holds %q, %v", content, err)
		}
	})

	t.Run("is not called unavailable by who gave up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := openFiles(t, t.TempDir()).Put(ctx, "tickets/42.pdf", "application/pdf", strings.NewReader("content"))
		if !errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%v, want Canceled alone", err)
		}
	})

	t.Run("says that it is unavailable when the folder cannot be written", func(t *testing.T) {
		dir := t.TempDir()
		o := openFiles(t, dir)
		put(t, o, "tickets") // a file where a folder would have to be
		err := o.Put(t.Context(), "tickets/42.pdf", "application/pdf", strings.NewReader("content"))
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
	})
}

func TestPingOfFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "objects")
	o := openFiles(t, dir)
	if err := o.Ping(t.Context()); err != nil {
		t.Errorf("a folder that is there: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := o.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
		t.Errorf("one that is not: %v, want ErrUnavailable", err)
	}
}

func put(t *testing.T, o *blob.Objects, key string) {
	t.Helper()
	if err := o.Put(t.Context(), key, "application/pdf", strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
