package payments_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/payments"
)

const signingKey = "a signing key of 32 characters.."

func TestSign(t *testing.T) {
	r := newPost(t, "http://gateway.example/v2/charges?a=b%2Fc", "k-1", "")
	payments.Sign(r, []byte(`{"amount": 4500}`), "secret", time.Unix(1767225600, 0))
	// printf '1767225600\nPOST\n/v2/charges?a=b%%2Fc\nk-1\n{"amount": 4500}' | openssl dgst -sha256 -hmac secret
	const want = "t=1767225600,v1=ad0af9a9d4b9747f16f2a57b17748b32258e34f6f7016da6ab0f3c0c7a8d3502"
	if got := r.Header.Get("Portico-Signature"); got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestRequireSignature(t *testing.T) {
	t.Parallel()
	simulator, ledger := openSimulator(t)
	base := serve(t, payments.RequireSignature(simulator, signingKey))
	// signed returns a charge of order that was signed at the given time.
	signed := func(at time.Time) *http.Request {
		r := newPost(t, base+"/charges", "k-1", order)
		payments.Sign(r, []byte(order), signingKey, at)
		return r
	}
	for _, c := range []struct {
		name   string
		at     time.Time
		change func(r *http.Request) *http.Request
	}{
		{"a missing signature", time.Now(), func(r *http.Request) *http.Request { r.Header.Del("Portico-Signature"); return r }},
		{"a signature without a time", time.Now(), func(r *http.Request) *http.Request {
			_, code, _ := strings.Cut(r.Header.Get("Portico-Signature"), ",")
			r.Header.Set("Portico-Signature", code)
			return r
		}},
		{"an old signature", time.Now().Add(-5*time.Minute - 2*time.Second), nil},
		{"a signature of the future", time.Now().Add(6 * time.Minute), nil},
		{"a changed time", time.Now(), func(r *http.Request) *http.Request {
			r.Header.Set("Portico-Signature", strings.Replace(r.Header.Get("Portico-Signature"), "t=", "t=1", 1))
			return r
		}},
		{"a changed body", time.Now(), func(r *http.Request) *http.Request {
			other := newPost(t, base+"/charges", "k-1", strings.Replace(order, "4500", "1", 1))
			other.Header = r.Header
			return other
		}},
		{"a changed path", time.Now(), func(r *http.Request) *http.Request {
			other := newPost(t, base+"/charges/k-1/refund", "k-1", order)
			other.Header = r.Header
			return other
		}},
		{"a changed query", time.Now(), func(r *http.Request) *http.Request {
			other := newPost(t, base+"/charges?key=k-1", "k-1", order)
			other.Header = r.Header
			return other
		}},
		{"a changed idempotency key", time.Now(), func(r *http.Request) *http.Request { r.Header.Set("Idempotency-Key", "k-2"); return r }},
		{"a signature with another key", time.Now(), func(r *http.Request) *http.Request {
			payments.Sign(r, []byte(order), "another key", time.Now())
			return r
		}},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			r := signed(c.at)
			if c.change != nil {
				r = c.change(r)
			}
			wantStatus(t, do(t, r), http.StatusUnauthorized)
			wantEntries(t, ledger, "k-1")
			wantEntries(t, ledger, "k-2")
		})
	}
	t.Run("accepts a signed request", func(t *testing.T) {
		wantAnswer(t, do(t, signed(time.Now().Add(-4*time.Minute))), http.StatusCreated, orderCharged)
	})
	t.Run("accepts each attempt of a signing client", func(t *testing.T) {
		signing := patient
		signing.Sign = func(r *http.Request, body []byte) { payments.Sign(r, body, signingKey, time.Now()) }
		request := payment(t)
		request.Key, request.Token = "k/3&=", "tok_flaky"
		client := newClient(t, base, signing)
		if _, err := client.Charge(t.Context(), request); err != nil {
			t.Error(err)
		}
		if _, err := client.Lookup(t.Context(), request.Key); err != nil {
			t.Error(err)
		}
		if err := client.Refund(t.Context(), request.Key); err != nil {
			t.Error(err)
		}
		wantEntries(t, ledger, string(request.Key), "charged", "refunded")
	})
}
