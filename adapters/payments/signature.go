package payments

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// signatureHeader holds the signature of a request: "t=1767225600,v1=5257a8…".
const signatureHeader = "Portico-Signature"

// signatureWindow is the maximum difference between the time of a signature and the clock.
const signatureWindow = 5 * time.Minute

var errNotSigned = errors.New("the signature is missing or wrong")

// Sign adds the header Portico-Signature to a request. Its value is "t=TIME,v1=HEX". TIME
// is in seconds since 1970. HEX is the HMAC-SHA256, in lower case, of these parts, with a
// line feed after each except the last: TIME, the method, the path with the query as in
// the request line, the header Idempotency-Key (which may be empty), and the body.
func Sign(r *http.Request, body []byte, key string, at time.Time) {
	seconds := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(signatureHeader, "t="+seconds+",v1="+hex.EncodeToString(signature(r, body, key, seconds)))
}

func signature(r *http.Request, body []byte, key, seconds string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%s", seconds, r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), body)
	return mac.Sum(nil)
}

// RequireSignature returns a handler that passes requests to next if they have the
// signature of [Sign], and their time is at most five minutes from now. It answers 401 to
// the others.
func RequireSignature(next http.Handler, key string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": "the body is too long or cut short"})
			return
		}
		if err := checkSignature(r, body, key); err != nil {
			answer(w, http.StatusUnauthorized, map[string]string{"error": err.Error()})
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func checkSignature(r *http.Request, body []byte, key string) error {
	seconds, code, found := strings.Cut(strings.TrimPrefix(r.Header.Get(signatureHeader), "t="), ",v1=")
	got, err := hex.DecodeString(code)
	if !found || err != nil || !hmac.Equal(got, signature(r, body, key, seconds)) {
		return errNotSigned
	}
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return errNotSigned
	}
	if age := time.Since(time.Unix(at, 0)); age.Abs() > signatureWindow {
		return fmt.Errorf("the time of the signature is more than %s from now", signatureWindow)
	}
	return nil
}
