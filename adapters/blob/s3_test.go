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

// openS3 needs credentials in the environment.
func openS3(t *testing.T, address string) *blob.Objects {
	t.Helper()
	o, err := blob.OpenS3(t.Context(), address)
	return closeAtTheEnd(t, o, err)
}

func openS3WithTimeout(t *testing.T, address string, timeout time.Duration) *blob.Objects {
	t.Helper()
	o, err := blob.OpenS3WithTimeout(t.Context(), address, timeout)
	return closeAtTheEnd(t, o, err)
}

// newBucket creates a bucket and puts its credentials into the environment.
func newBucket(t *testing.T) (address string) {
	t.Helper()
	bucket := servers.S3(t)
	t.Setenv("AWS_ACCESS_KEY_ID", bucket.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", bucket.SecretAccessKey)
	return bucket.URL
}

func TestS3SatisfiesTheContract(t *testing.T) {
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

func TestS3StreamsLargeFiles(t *testing.T) {
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
		t.Errorf("%d bytes were read and took up to %d KiB, want %d and at most 4096", read, most>>10, size)
	}
}

func TestS3Outage(t *testing.T) {
	address := newBucket(t)
	for _, outage := range []struct {
		name  string
		begin func(*servers.Line)
	}{{"stopped", (*servers.Line).Cut}, {"silent", (*servers.Line).HalfOpen}} {
		t.Run("is reported while S3 is "+outage.name, func(t *testing.T) {
			t.Parallel()
			line, address := through(t, address)
			key := "tickets/" + outage.name + ".pdf"
			put(t, openS3(t, address), key)
			o := openS3WithTimeout(t, address, 500*time.Millisecond)
			outage.begin(line)
			start := time.Now()
			var callers sync.WaitGroup
			for _, operation := range []struct {
				name string
				do   func() error
			}{
				{"put", func() error { return o.Put(t.Context(), key, "application/pdf", strings.NewReader("changed")) }},
				{"open", func() error {
					r, err := o.Open(t.Context(), key)
					if err == nil {
						r.Close()
					}
					return err
				}},
			} {
				callers.Go(func() {
					if err := operation.do(); !errors.Is(err, ports.ErrUnavailable) {
						t.Errorf("%s: error %v, want ErrUnavailable", operation.name, err)
					}
				})
			}
			callers.Wait()
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %s, want at most 15s", took)
			}
		})
	}

	t.Run("leaves no partial file", func(t *testing.T) {
		t.Parallel()
		line, address := through(t, address)
		o := openS3WithTimeout(t, address, 5*time.Second)
		put(t, o, "tickets/42.pdf")
		for _, key := range []string{"tickets/42.pdf", "tickets/43.pdf"} {
			content := io.MultiReader(io.LimitReader(zeros{}, 24<<20), during(line.Cut), io.LimitReader(zeros{}, 24<<20))
			line.Restore()
			if err := o.Put(t.Context(), key, "application/pdf", content); !errors.Is(err, ports.ErrUnavailable) {
				t.Errorf("%s: error %v, want ErrUnavailable", key, err)
			}
		}
		line.Restore()
		wantContent(t, o, "tickets/42.pdf")
		if _, err := o.Open(t.Context(), "tickets/43.pdf"); !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("error %v, want ErrNotFound", err)
		}
	})

	t.Run("causes no error if the third attempt succeeds", func(t *testing.T) {
		t.Parallel()
		o := openS3WithTimeout(t, flakyProxy(t, address), 5*time.Second)
		for range 3 {
			put(t, o, "tickets/44.pdf")
			wantContent(t, o, "tickets/44.pdf")
		}
	})
}

func TestS3Reports(t *testing.T) {
	address := newBucket(t)

	t.Run("a missing bucket as ErrUnavailable", func(t *testing.T) {
		o := openS3(t, strings.Replace(address, "s3://", "s3://no-", 1))
		if _, err := o.Open(t.Context(), "tickets/42.pdf"); !errors.Is(err, ports.ErrUnavailable) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
	})

	t.Run("a wrong secret key as ErrUnavailable, without quoting the key", func(t *testing.T) {
		t.Setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
		_, err := openS3(t, address).Open(t.Context(), "tickets/42.pdf")
		if !errors.Is(err, ports.ErrUnavailable) || strings.Contains(err.Error(), "not-the-secret") {
			t.Errorf("error %v, want ErrUnavailable without the key", err)
		}
	})
}

func TestOpenS3(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Run("refuses an invalid address without quoting it", func(t *testing.T) {
		for _, address := range []string{
			"", "tickets", "s3://", "https://tickets?region=eu-central-1", "s3://key:secret@tickets?region=eu-central-1",
			"s3://tickets/secret?region=eu-central-1", "s3://tick ets", "s3://tickets", "s3://tickets?region=eu-central-1&acl=secret",
			"s3://tickets?region=eu-central-1&endpoint=secret", "s3://tickets?region=eu-central-1&endpoint=http://key:secret@minio",
		} {
			if _, err := blob.OpenS3(t.Context(), address); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: error %v, want one without the secret", address, err)
			}
		}
	})

	t.Run("accepts an address without a region if AWS_REGION is set", func(t *testing.T) {
		t.Setenv("AWS_REGION", "eu-central-1")
		openS3(t, "s3://tickets")
	})

	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} {
		t.Run("refuses plain text in "+name, func(t *testing.T) {
			t.Setenv(name, "https://minio.example:9000")
			openS3(t, "s3://tickets?region=eu-central-1")
			t.Setenv(name, "http://minio.example:9000")
			if _, err := blob.OpenS3(t.Context(), "s3://tickets?region=eu-central-1"); err == nil || !strings.Contains(err.Error(), "https") {
				t.Errorf("error %v, want one that asks for https", err)
			}
			openS3(t, "s3://tickets?region=eu-central-1&endpoint=http://127.0.0.1:9000")
		})
	}
}

// through starts a proxy for the bucket's endpoint. It returns the proxy, and the
// bucket's address with the proxy as endpoint.
func through(t *testing.T, address string) (*servers.Line, string) {
	t.Helper()
	line := servers.Proxy(t, endpoint(t, address).String())
	return line, at(t, address, line.URL)
}

// flakyProxy starts a proxy that fails two of every three requests. It returns the
// bucket's address with the proxy as endpoint.
func flakyProxy(t *testing.T, address string) string {
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

// at replaces the endpoint in the bucket's address.
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
		t.Errorf("%s has %d bytes, error %v, want the content that was put", key, len(content), err)
	}
}

// zeros is a reader that never ends and returns only zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// The type during adapts a function to [io.Reader]. Read calls the function and returns
// io.EOF.
type during func()

func (do during) Read([]byte) (int, error) {
	do()
	return 0, io.EOF
}

// heap returns the number of heap bytes in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
