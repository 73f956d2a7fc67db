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
	return closeAtTheEnd(t, o, err)
}

func closeAtTheEnd(t *testing.T, o *blob.Objects, err error) *blob.Objects {
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

// TestMain checks for leaked goroutines. It retries, because idle connections to S3 close
// after five seconds.
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

func TestFilesSatisfyTheContract(t *testing.T) {
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

// contractObjects returns a durable and shared store for the contract suite.
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
		return closeAtTheEnd(t, another, err)
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
	t.Run("creates the folder, readable by its owner only", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data", "objects")
		put(t, openFiles(t, dir), "tickets/42.pdf")
		for _, d := range []string{dir, filepath.Join(dir, "tickets")} {
			info, err := os.Stat(d)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("the mode of %s is %s, want none for others", d, info.Mode())
			}
		}
	})

	t.Run("finds the files that are already in the folder", func(t *testing.T) {
		dir := t.TempDir()
		put(t, openFiles(t, dir), "tickets/42.pdf")
		r, err := openFiles(t, dir).Open(t.Context(), "tickets/42.pdf")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if content, err := io.ReadAll(r); err != nil || string(content) != "content" {
			t.Errorf("content %q, error %v, want content", content, err)
		}
	})

	t.Run("leaves no temporary files in the folder", func(t *testing.T) {
		dir := t.TempDir()
		o := openFiles(t, dir)
		put(t, o, "tickets/42.pdf")
		put(t, o, "tickets/42.pdf")
		if err := o.Put(t.Context(), "tickets/43.pdf", "application/pdf", iotest.ErrReader(errors.New("broken"))); err == nil {
			t.Error("no error for content that cannot be read")
		}
		if got, want := filesIn(t, dir), []string{"tickets/42.pdf"}; !slices.Equal(got, want) {
			t.Errorf("files %q, want %q", got, want)
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
				t.Errorf("%s: no error", key)
				r.Close()
			}
			_ = o.Put(t.Context(), key, "application/pdf", strings.NewReader("changed"))
		}
		content, err := os.ReadFile(filepath.Join(parent, "secret"))
		if err != nil || !bytes.Equal(content, []byte("secret")) {
			t.Errorf("the file outside has content %q, error %v, want secret", content, err)
		}
	})

	t.Run("returns the context's error, not ErrUnavailable, after a cancellation", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := openFiles(t, t.TempDir()).Put(ctx, "tickets/42.pdf", "application/pdf", strings.NewReader("content"))
		if !errors.Is(err, context.Canceled) || errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("error %v, want Canceled alone", err)
		}
	})

	t.Run("returns ErrUnavailable when a file cannot be written", func(t *testing.T) {
		dir := t.TempDir()
		o := openFiles(t, dir)
		put(t, o, "tickets") // a file in place of a folder
		err := o.Put(t.Context(), "tickets/42.pdf", "application/pdf", strings.NewReader("content"))
		if !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
	})
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
