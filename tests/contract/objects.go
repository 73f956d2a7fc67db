package contract

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

// Objects is an empty file store.
type Objects struct {
	platform.Objects
	// Reopen closes the store and opens it again. It is nil if the store is not durable.
	Reopen func(t *testing.T) platform.Objects
	// OpenAnother opens the same store a second time, as another process would. It is nil
	// if the store is not shared.
	OpenAnother func(t *testing.T) platform.Objects
}

// RunObjects checks a [platform.Objects].
func RunObjects(t *testing.T, open func(t *testing.T) Objects) {
	run := func(name string, test func(t *testing.T, o Objects)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("returns the stored content", func(t *testing.T, o Objects) {
		for _, file := range []struct{ key, content string }{
			{"one.pdf", "one"},
			{"tickets/42.pdf", "\x00\r\n\xff"},
			{"tickets/43.pdf", "another in the same folder"},
			{"a/b-c/d.e/Letter-1", "deep down"},
			{"empty", ""},
		} {
			putObject(t, o, file.key, file.content)
			wantObject(t, o, file.key, file.content)
		}
	})

	run("replaces a file with the same key", func(t *testing.T, o Objects) {
		putObject(t, o, "tickets/42.pdf", "a long first version")
		putObject(t, o, "tickets/42.pdf", "second")
		wantObject(t, o, "tickets/42.pdf", "second")
	})

	run("returns ErrNotFound for an unknown key", func(t *testing.T, o Objects) {
		putObject(t, o, "tickets/42.pdf", "here")
		for _, key := range []string{"tickets/4.pdf", "tickets", "42.pdf", "nowhere/42.pdf"} {
			_, err := o.Open(t.Context(), key)
			if !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("open %s: got error %v, want %v", key, err, ports.ErrNotFound)
			}
		}
	})

	run("changes nothing when the content cannot be read to its end", func(t *testing.T, o Objects) {
		putObject(t, o, "tickets/42.pdf", "whole")
		broken := errors.New("connection reset")
		for _, key := range []string{"tickets/42.pdf", "tickets/new.pdf"} {
			half := io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(broken))
			if err := o.Put(t.Context(), key, "application/pdf", half); !errors.Is(err, broken) {
				t.Errorf("put %s: got error %v, want %v", key, err, broken)
			}
		}
		wantObject(t, o, "tickets/42.pdf", "whole")
		_, err := o.Open(t.Context(), "tickets/new.pdf")
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	run("keeps one complete file when many are put under the same key concurrently", func(t *testing.T, o Objects) {
		const writers, size = 20, 64 << 10
		testkit.RunConcurrently(writers, func(i int) {
			content := bytes.Repeat([]byte{byte('a' + i)}, size+i)
			if err := o.Put(t.Context(), "tickets/42.pdf", "application/pdf", bytes.NewReader(content)); err != nil {
				t.Errorf("put %d: %v", i+1, err)
			}
		})
		got := readObject(t, o, "tickets/42.pdf")
		i := int(got[0] - 'a')
		if want := bytes.Repeat([]byte{byte('a' + i)}, size+i); !bytes.Equal(got, want) {
			t.Errorf("got %d bytes that begin with %q, want exactly the content of one writer", len(got), got[:1])
		}
	})

	run("lets a reader finish reading a file after it is replaced", func(t *testing.T, o Objects) {
		first := bytes.Repeat([]byte("first "), 1<<16)
		putObject(t, o, "tickets/42.pdf", string(first))
		r, err := o.Open(t.Context(), "tickets/42.pdf")
		testkit.Must(t, err)
		defer r.Close()
		begun := make([]byte, 6)
		_, err = io.ReadFull(r, begun)
		testkit.Must(t, err)
		putObject(t, o, "tickets/42.pdf", strings.Repeat("second ", 1<<16))
		rest, err := io.ReadAll(r)
		testkit.Must(t, err)
		if got := append(begun, rest...); !bytes.Equal(got, first) {
			t.Errorf("got %d bytes, want the %d of the first version", len(got), len(first))
		}
	})

	run("stores a file that is too big for a single upload part", func(t *testing.T, o Objects) {
		const size = 6 << 20
		big := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{}), size) }
		testkit.Must(t, o.Put(t.Context(), "big", "application/octet-stream", big()))
		r, err := o.Open(t.Context(), "big")
		testkit.Must(t, err)
		defer r.Close()
		testkit.WantEqual(t, "hash of the file", hashOf(t, r), hashOf(t, big()))
	})

	run("does nothing if the context is already cancelled", func(t *testing.T, o Objects) {
		putObject(t, o, "tickets/42.pdf", "before")
		err := o.Put(testkit.CancelledContext(t), "tickets/42.pdf", "application/pdf", strings.NewReader("after"))
		testkit.WantError(t, err, context.Canceled)
		_, err = o.Open(testkit.CancelledContext(t), "tickets/42.pdf")
		testkit.WantError(t, err, context.Canceled)
		wantObject(t, o, "tickets/42.pdf", "before")
	})

	run("stores nothing when the context is cancelled during the upload", func(t *testing.T, o Objects) {
		putObject(t, o, "tickets/42.pdf", "before")
		ctx, cancel := context.WithCancel(t.Context())
		half := io.MultiReader(strings.NewReader("half of it"), readerFunc(func([]byte) (int, error) {
			cancel()
			return 0, io.EOF
		}))
		testkit.WantError(t, o.Put(ctx, "tickets/42.pdf", "application/pdf", half), context.Canceled)
		wantObject(t, o, "tickets/42.pdf", "before")
	})

	run("keeps every file when the store is reopened", func(t *testing.T, o Objects) {
		SkipUnlessDurable(t, o.Reopen != nil)
		putObject(t, o, "tickets/42.pdf", "first")
		putObject(t, o, "tickets/42.pdf", "second")
		putObject(t, o, "empty", "")
		reopened := o.Reopen(t)
		wantObject(t, reopened, "tickets/42.pdf", "second")
		wantObject(t, reopened, "empty", "")
	})

	run("returns a file as soon as another process has stored it", func(t *testing.T, o Objects) {
		SkipUnlessShared(t, o.OpenAnother != nil)
		other := o.OpenAnother(t)
		for _, content := range []string{"first", "second"} {
			putObject(t, other, "tickets/42.pdf", content)
			wantObject(t, o, "tickets/42.pdf", content)
		}
	})
}

func putObject(t *testing.T, o platform.Objects, key, content string) {
	t.Helper()
	if err := o.Put(t.Context(), key, "application/pdf", strings.NewReader(content)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func readObject(t *testing.T, o platform.Objects, key string) []byte {
	t.Helper()
	r, err := o.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("open %s: %v", key, err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return content
}

func wantObject(t *testing.T, o platform.Objects, key, want string) {
	t.Helper()
	if got := readObject(t, o, key); string(got) != want {
		t.Errorf("got %q as %s, want %q", got, key, want)
	}
}

// hashOf returns the hash of everything in r, without keeping the content in memory.
func hashOf(t *testing.T, r io.Reader) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	_, err := io.Copy(h, r)
	testkit.Must(t, err)
	return [sha256.Size]byte(h.Sum(nil))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
