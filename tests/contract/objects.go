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
)

// RunObjects holds stores of files against the contract of platform.Objects.
// Each store that open returns is empty.
func RunObjects(t *testing.T, open func(t *testing.T) platform.Objects) {
	run := func(name string, test func(t *testing.T, o platform.Objects)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}

	run("gives back what was put", func(t *testing.T, o platform.Objects) {
		for key, content := range map[string]string{
			"one.pdf":            "one",
			"tickets/42.pdf":     "\x00\r\n\xff",
			"tickets/43.pdf":     "another in the same folder",
			"a/b-c/d.e/Letter-1": "deep down",
			"empty":              "",
		} {
			putObject(t, o, key, content)
			wantObject(t, o, key, content)
		}
	})

	run("puts a file in place of one that was there", func(t *testing.T, o platform.Objects) {
		putObject(t, o, "tickets/42.pdf", "a long first version")
		putObject(t, o, "tickets/42.pdf", "second")
		wantObject(t, o, "tickets/42.pdf", "second")
	})

	run("finds nothing under another key", func(t *testing.T, o platform.Objects) {
		putObject(t, o, "tickets/42.pdf", "here")
		for _, key := range []string{"tickets/4.pdf", "tickets", "42.pdf", "nowhere/42.pdf"} {
			_, err := o.Open(t.Context(), key)
			if !errors.Is(err, ports.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", key, err)
			}
		}
	})

	run("leaves what was there when a content breaks off", func(t *testing.T, o platform.Objects) {
		putObject(t, o, "tickets/42.pdf", "whole")
		broken := errors.New("the printer is out of ink")
		for _, key := range []string{"tickets/42.pdf", "tickets/new.pdf"} {
			half := io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(broken))
			if err := o.Put(t.Context(), key, "application/pdf", half); !errors.Is(err, broken) {
				t.Errorf("%s: %v, want the reader's error", key, err)
			}
		}
		wantObject(t, o, "tickets/42.pdf", "whole")
		_, err := o.Open(t.Context(), "tickets/new.pdf")
		wantError(t, err, ports.ErrNotFound)
	})

	run("keeps one whole content of many put at once", func(t *testing.T, o platform.Objects) {
		const writers, size = 20, 64 << 10
		atOnce(writers, func(i int) {
			content := bytes.Repeat([]byte{byte('a' + i)}, size+i)
			if err := o.Put(t.Context(), "tickets/42.pdf", "application/pdf", bytes.NewReader(content)); err != nil {
				t.Errorf("put %d: %v", i, err)
			}
		})
		got := readObject(t, o, "tickets/42.pdf")
		i := int(got[0] - 'a')
		if want := bytes.Repeat([]byte{byte('a' + i)}, size+i); !bytes.Equal(got, want) {
			t.Errorf("%d bytes that begin with %q are not what one of them put", len(got), got[:1])
		}
	})

	run("lets a reader finish with the file that it opened", func(t *testing.T, o platform.Objects) {
		first := bytes.Repeat([]byte("first "), 1<<16)
		putObject(t, o, "tickets/42.pdf", string(first))
		r, err := o.Open(t.Context(), "tickets/42.pdf")
		must(t, err)
		defer r.Close()
		begun := make([]byte, 6)
		_, err = io.ReadFull(r, begun)
		must(t, err)
		putObject(t, o, "tickets/42.pdf", strings.Repeat("second ", 1<<16))
		rest, err := io.ReadAll(r)
		must(t, err)
		if got := append(begun, rest...); !bytes.Equal(got, first) {
			t.Errorf("it read %d bytes that are not the first version", len(got))
		}
	})

	run("streams what is too big to send at once", func(t *testing.T, o platform.Objects) {
		const size = 6 << 20
		big := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{}), size) }
		must(t, o.Put(t.Context(), "big", "application/octet-stream", big()))
		r, err := o.Open(t.Context(), "big")
		must(t, err)
		defer r.Close()
		if hashOf(t, r) != hashOf(t, big()) {
			t.Error("it gives back something else")
		}
	})

	run("does nothing once the context is cancelled", func(t *testing.T, o platform.Objects) {
		putObject(t, o, "tickets/42.pdf", "before")
		err := o.Put(stopped(t), "tickets/42.pdf", "application/pdf", strings.NewReader("after"))
		wantError(t, err, context.Canceled)
		_, err = o.Open(stopped(t), "tickets/42.pdf")
		wantError(t, err, context.Canceled)
		wantObject(t, o, "tickets/42.pdf", "before")
	})

	run("stores nothing when the context is cancelled half-way", func(t *testing.T, o platform.Objects) {
		putObject(t, o, "tickets/42.pdf", "before")
		ctx, cancel := context.WithCancel(t.Context())
		half := io.MultiReader(strings.NewReader("half of it"), readerFunc(func([]byte) (int, error) {
			cancel()
			return 0, io.EOF
		}))
		wantError(t, o.Put(ctx, "tickets/42.pdf", "application/pdf", half), context.Canceled)
		wantObject(t, o, "tickets/42.pdf", "before")
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
		t.Errorf("%s holds %q, want %q", key, got, want)
	}
}

// hashOf reads to the end without holding what it reads.
func hashOf(t *testing.T, r io.Reader) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	_, err := io.Copy(h, r)
	must(t, err)
	return [sha256.Size]byte(h.Sum(nil))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
