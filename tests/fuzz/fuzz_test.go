package fuzz_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/portico/tests/fuzz"
)

const document = `
openapi: 3.0.3
info: {title: Notes, version: '1'}
paths:
  /notes:
    post:
      operationId: writeNote
      requestBody:
        x-max-body-bytes: 1000
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewNote'}
      responses:
        '200':
          description: The note.
          headers:
            ETag:
              required: true
              schema: {type: string}
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Note'}
        '400':
          description: malformed-request
          content:
            application/problem+json:
              schema: {type: object, properties: {status: {type: integer}, errors: {type: array, items: {type: string}}}}
        '503': {description: unavailable}
components:
  schemas:
    NewNote:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: {type: string, maxLength: 10}
    Note:
      allOf:
        - type: object
          required: [id]
          properties:
            id: {type: string}
        - type: object
          required: [author]
          properties:
            author:
              type: object
              properties:
                name: {type: string}
`

// TestFaultsAreFound runs the fuzzer against APIs that each have one fault.
func TestFaultsAreFound(t *testing.T) {
	const note = `{"id": "1", "author": {"name": "ada"}}`
	answer := func(status int, contentType, body string, headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a status that is not documented", answer(201, "application/json", note), "the status 201 is not documented for writeNote"},
		{"a documented 503 without cause", answer(503, "", ""), "the status is 503"},
		{"a valid request is called malformed", answer(400, "application/problem+json", `{"status": 400}`), "the request is valid, and the status is 400"},
		{"an invalid request is accepted", answer(200, "application/json", note, "ETag", "1"), "the request is invalid, and the status is 200"},
		{"a header that is not documented", answer(200, "application/json", note, "ETag", "1", "X-Powered-By", "Go"), "the header X-Powered-By is not documented"},
		{"a documented header is missing", answer(200, "application/json", note), "the response has no ETag"},
		{"a general header is missing", answer(200, "application/json", note, "ETag", "1", "Referrer-Policy", ""), "the response has no Referrer-Policy"},
		{"another content type", answer(200, "text/html", note, "ETag", "1"), `the content type "text/html" is not documented`},
		{"a field that is not documented", answer(200, "application/json", `{"id": "1", "author": {}, "secret": 1}`, "ETag", "1"), "the field /secret is not documented"},
		{"a nested field that is not documented", answer(200, "application/json", `{"id": "1", "author": {"email": "a@b"}}`, "ETag", "1"), "the field /author/email is not documented"},
		{"a value of the wrong type", answer(200, "application/json", `{"id": 1, "author": {}}`, "ETag", "1"), "the body does not match its schema"},
		{"a large response", answer(200, "application/json", note+strings.Repeat(" ", 64<<10), "ETag", "1"), "bytes, want at most 65536"},
		{"too many errors", answer(400, "application/problem+json", `{"status": 400, "errors": ["`+strings.Repeat(`","`, 100)+`"]}`), "the problem lists 101 errors, want at most 100"},
		{"no response", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "no response"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			failures := newFuzzer(t, serve(t, test.answer), 1).Run(200)
			if all := strings.Join(failures, "\n"); !strings.Contains(all, test.want) {
				t.Errorf("the failures are %q, want one with %q", all, test.want)
			}
		})
	}
}

func TestTheSameSeedSendsTheSameRequests(t *testing.T) {
	send := func(seed uint64) []string {
		var mu sync.Mutex
		var received []string
		newFuzzer(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			received = append(received, fmt.Sprintf("%s %s %q", r.Method, r.RequestURI, body))
			w.WriteHeader(http.StatusNotFound)
		}), seed).Run(9) // the fuzzer stops after ten failures
		slices.Sort(received)
		return received
	}
	first, again, other := send(1), send(1), send(2)
	if len(first) == 0 || !slices.Equal(first, again) {
		t.Errorf("the requests are %q, and with the same seed %q; want the same", first, again)
	}
	if slices.Equal(first, other) {
		t.Errorf("another seed sends the same requests: %q", other)
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	_, err := fuzz.New(fuzz.Config{Document: []byte(document), Values: map[string]fuzz.Source{"Note.title": fuzz.OneOf("x")}})
	if err == nil || !strings.Contains(err.Error(), "Note.title") {
		t.Errorf("the error is %v, want one that names Note.title", err)
	}
}

func newFuzzer(t *testing.T, server *httptest.Server, seed uint64) *fuzz.Fuzzer {
	t.Helper()
	fuzzer, err := fuzz.New(fuzz.Config{
		Document: []byte(document), Address: server.Listener.Addr().String(), Seed: seed, Callers: []fuzz.Caller{{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return fuzzer
}

// serve answers each POST /notes with the given handler, and other requests with 404.
func serve(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Cache-Control", "Content-Security-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Request-Id"} {
			w.Header().Set(name, "x")
		}
		if r.Method != http.MethodPost || r.URL.Path != "/notes" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"status": 404}`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}
