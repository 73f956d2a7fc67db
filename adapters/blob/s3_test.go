package blob_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/portico/adapters/blob"
	"example.com/portico/ports"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/integration/servers"
)

// openS3 is for tests whose credentials are in the environment.
func openS3(t *testing.T, address string) *blob.Objects {
	t.Helper()
	o, err := blob.OpenS3(t.Context(), address)
	return closedAtTheEnd(t, o, err)
}

// openS3InAHurry is for a bucket that is often asked in vain.
func openS3InAHurry(t *testing.T, address string, silent time.Duration) *blob.Objects {
	t.Helper()
	o, err := blob.OpenS3InAHurry(t.Context(), address, silent)
	return closedAtTheEnd(t, o, err)
}

// newBucket makes a bucket and puts its credentials into the environment.
func newBucket(t *testing.T) (address string) {
	t.Helper()
	bucket := servers.S3(t)
	t.Setenv("AWS_ACCESS_KEY_ID", bucket.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", bucket.SecretAccessKey)
	return bucket.URL
}

func TestS3KeepsTheContract(t *testing.T) {
	newBucket(t)
	for i := range 20 {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			contract.RunObjects(t, func(t *testing.T) contract.Objects {
				t.Helper()
				address := servers.S3(t).URL
				return contractObjects(t, func() (*blob.Objects, error) { return blob.OpenS3(t.Context(), address) })
			})
		})
	}
}

func TestS3Streams(t *testing.T) {
	o := openS3(t, newBucket(t))
	const size = 32 << 20
	if err := o.Put(t.Context(), "big.pdf", "application/pdf", io.LimitReader(zeros{}, size)); err != nil {
		t.Fatal(err)
	}
	r, err := o.Open(t.Context(), "big.pdf")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	before, most := heap(), int64(0)
	var read int64
	for {
		n, err := io.CopyN(io.Discard, r, 1<<20)
		most = max(most, heap()-before)
		if read += n; errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if read != size || most > 4<<20 {
		t.Errorf("%d bytes were read, want %d, and took up to %d KiB", read, size, most>>10)
	}
}

func TestS3IsAway(t *testing.T) {
	address := newBucket(t)
	for how, leave := range map[string]func(*servers.Line){
		"stopped": (*servers.Line).Cut,
		"silent":  (*servers.Line).HalfOpen,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			line, address := through(t, address)
			key := "tickets/" + how + ".pdf"
			put(t, openS3(t, address), key)
			o := openS3InAHurry(t, address, 500*time.Millisecond)
			leave(line)
			start := time.Now()
			var asking sync.WaitGroup
			for doing, do := range map[string]func() error{
				"put":  func() error { return o.Put(t.Context(), key, "application/pdf", strings.NewReader("changed")) },
				"ping": func() error { return o.Ping(t.Context()) },
				"open": func() error {
					r, err := o.Open(t.Context(), key)
					if err == nil {
						r.Close()
					}
					return err
				},
			} {
				asking.Go(func() {
					if err := do(); !errors.Is(err, ports.ErrUnavailable) {
						t.Errorf("%s: %v, want ErrUnavailable", doing, err)
					}
				})
			}
			asking.Wait()
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}

	t.Run("in the middle of a file, which is put whole or not at all", func(t *testing.T) {
		t.Parallel()
		line, address := through(t, address)
		o := openS3InAHurry(t, address, 5*time.Second)
		put(t, o, "tickets/42.pdf")
		for _, key := range []string{"tickets/42.pdf", "tickets/43.pdf"} {
			content := io.MultiReader(io.LimitReader(zeros{}, 24<<20), during(line.Cut), io.LimitReader(zeros{}, 24<<20))
			line.Restore()
			if err := o.Put(t.Context(), key, "application/pdf", content); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("%s: %v, want ErrUnavailable", key, err)
			}
		}
		line.Restore()
		wantContent(t, o, "tickets/42.pdf")
		if _, err := o.Open(t.Context(), "tickets/43.pdf"); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%v, want ErrNotFound", err)
		}
	})

	t.Run("for two tries out of three, which nobody notices", func(t *testing.T) {
		t.Parallel()
		o := openS3InAHurry(t, stumbling(t, address), 5*time.Second)
		for range 3 {
			put(t, o, "tickets/44.pdf")
			wantContent(t, o, "tickets/44.pdf")
		}
	})
}

func TestS3Refuses(t *testing.T) {
	address := newBucket(t)

	t.Run("to say that a file is not there when it is the bucket that is not", func(t *testing.T) {
		o := openS3(t, strings.Replace(address, "s3://", "s3://no-", 1))
		if _, err := o.Open(t.Context(), "tickets/42.pdf"); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("open: %v, want ErrUnavailable", err)
		}
		if err := o.Ping(t.Context()); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("ping: %v, want ErrUnavailable", err)
		}
	})

	t.Run("who has the wrong key, which it does not tell", func(t *testing.T) {
		t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
		err := openS3(t, address).Ping(t.Context())
		if !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "not-the-secret") {
			t.Errorf("%v, want ErrUnavailable", err)
		}
	})
}

func TestOpenS3(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Run("refuses what is no address of a bucket, without quoting it", func(t *testing.T) {
		for _, address := range []string{
			"", "tickets", "s3://", "https://tickets?region=eu-central-1", "s3://key:secret@tickets?region=eu-central-1",
			"s3://tickets/secret?region=eu-central-1", "s3://tick ets", "s3://tickets", "s3://tickets?region=eu-central-1&acl=secret",
			"s3://tickets?region=eu-central-1&endpoint=secret", "s3://tickets?region=eu-central-1&endpoint=http://key:secret@minio",
		} {
			if _, err := blob.OpenS3(t.Context(), address); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", address, err)
			}
		}
	})

	t.Run("takes the region from the environment too", func(t *testing.T) {
		t.Setenv("AWS_REGION", "eu-central-1")
		openS3(t, "s3://tickets")
	})
}

// through puts a line in front of a bucket's endpoint.
func through(t *testing.T, address string) (*servers.Line, string) {
	t.Helper()
	line := servers.Proxy(t, endpoint(t, address).String())
	return line, at(t, address, line.URL)
}

// stumbling puts a server in front of it that answers one request of three.
func stumbling(t *testing.T, address string) string {
	t.Helper()
	target := endpoint(t, address)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host }}
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return at(t, address, server.URL)
}

func endpoint(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	e, err := url.Parse(u.Query().Get("endpoint"))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// at is the address of the same bucket at another endpoint.
func at(t *testing.T, address, endpoint string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parameters := u.Query()
	parameters.Set("endpoint", endpoint)
	u.RawQuery = parameters.Encode()
	return u.String()
}

func wantContent(t *testing.T, o *blob.Objects, key string) {
	t.Helper()
	r, err := o.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if content, err := io.ReadAll(r); err != nil || !bytes.Equal(content, []byte("content")) {
		t.Errorf("%s holds %d bytes, %v, want what was put", key, len(content), err)
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// during does something when it is read, and is empty.
type during func()

func (do during) Read([]byte) (int, error) {
	do()
	return 0, io.EOF
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
