package fuzz

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// request is an HTTP request. It is not an [http.Request], which cannot be invalid HTTP.
type request struct {
	number  int
	changes []string // how it differs from a valid request
	method  string
	target  string // path and query, encoded
	header  []field
	body    []byte // nil for none
}

// field is a line of the header.
type field struct{ name, value string }

func (r *request) set(name, value string) {
	r.remove(name)
	r.header = append(r.header, field{name, value})
}

func (r *request) remove(name string) {
	r.header = slices.DeleteFunc(r.header, func(f field) bool { return strings.EqualFold(f.name, name) })
}

func (r *request) get(name string) (value string, ok bool) {
	i := slices.IndexFunc(r.header, func(f field) bool { return strings.EqualFold(f.name, name) })
	if i < 0 {
		return "", false
	}
	return r.header[i].value, true
}

// path returns the decoded path, or "" if the target is invalid.
func (r request) path() string {
	target, err := url.ParseRequestURI(r.target)
	if err != nil {
		return ""
	}
	return target.Path
}

// bytes returns the request as it is sent.
func (r request) bytes(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.method, r.target, host)
	for _, f := range r.header {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	_, chunked := r.get("Transfer-Encoding")
	switch {
	case chunked:
		b.WriteString("\r\n")
		if len(r.body) > 0 {
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(r.body), r.body)
		}
		b.WriteString("0\r\n\r\n")
	case r.body != nil:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.body), r.body)
	default:
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// parse returns the request as net/http reads it, or an error if net/http refuses it.
func (r request) parse() (*http.Request, error) {
	return http.ReadRequest(bufio.NewReader(bytes.NewReader(r.bytes("localhost"))))
}

// curl returns a command for Bash that sends the request.
func (r request) curl(address, bodyFile string) string {
	_, chunked := r.get("Transfer-Encoding")
	hasBody := r.body != nil || chunked
	command := "curl -i --max-time 30 -X " + quote(r.method) + " --request-target " + quote(r.target)
	if r.method == http.MethodHead && !hasBody {
		command += " -I"
	}
	var headers []string
	for _, f := range r.header {
		line := f.name + ": " + f.value
		if strings.TrimSpace(f.value) == "" {
			line = f.name + ";" // curl's notation for an empty header
		}
		headers = append(headers, "-H "+quote(line))
	}
	if _, ok := r.get("Content-Type"); hasBody && !ok {
		headers = append(headers, "-H 'Content-Type:'") // otherwise curl sends one
	}
	command += " " + strings.Join(append(headers, "http://"+address), " ")
	switch {
	case !hasBody:
		return command
	case bodyFile != "":
		return command + " --data-binary @" + bodyFile
	}
	// An argument of a command cannot contain NUL, so printf writes it.
	body := strings.NewReplacer(`\`, `\\`, "\x00", `\0000`).Replace(string(r.body))
	return "printf %b " + quote(body) + " | " + command + " --data-binary @-"
}

// quote quotes text for Bash.
func quote(text string) string {
	if !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(text) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

// response is a response whose body was read and decompressed.
type response struct {
	status int
	header http.Header
	body   []byte
}

// connection sends requests one after the other. It dials when it has no open connection.
type connection struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

const (
	answerWithin = 30 * time.Second
	maxResponse  = 64 << 20 // bytes
)

func (c *connection) send(r request) (response, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return response{}, err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	received, keep, err := c.exchange(r)
	if err != nil || !keep {
		c.close()
	}
	return received, err
}

func (c *connection) exchange(r request) (_ response, keep bool, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return response{}, false, err
	}
	// The server may answer and close the connection before it has read the whole request.
	_, writeErr := c.conn.Write(r.bytes(c.address))
	for {
		raw, err := http.ReadResponse(c.reader, &http.Request{Method: r.method}) //nolint:bodyclose // the caller closes the connection
		if err != nil {
			return response{}, false, errors.Join(writeErr, err)
		}
		body, err := io.ReadAll(io.LimitReader(raw.Body, maxResponse))
		if err != nil && !byServer(raw.Header) {
			return response{}, false, fmt.Errorf("the body is incomplete: %w", err)
		}
		if raw.StatusCode < http.StatusOK {
			continue // 1xx responses precede the final response
		}
		if raw.Header.Get("Content-Encoding") == "gzip" && r.method != http.MethodHead {
			if body, err = decompress(body); err != nil {
				return response{}, false, err
			}
		}
		return response{status: raw.StatusCode, header: raw.Header, body: body}, !raw.Close, nil
	}
}

// byServer reports whether net/http answered without calling the API. In this case,
// net/http closes the connection at once, so the end of the response may be lost.
func byServer(header http.Header) bool { return header.Get("X-Request-Id") == "" }

func decompress(body []byte) ([]byte, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(zipped, maxResponse))
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
