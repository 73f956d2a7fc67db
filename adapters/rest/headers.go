package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// secureHeaders sets the headers that restrict what browsers do with a response, and the
// header that keeps it out of caches. Handlers may override them. If the client uses
// HTTPS, secureHeaders also makes browsers use only HTTPS for this host (HSTS, RFC 6797).
func secureHeaders(proxies []netip.Prefix) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("X-Content-Type-Options", "nosniff")
			if r.TLS != nil || isTrusted(remoteAddress(r), proxies) && r.Header.Get("X-Forwarded-Proto") == "https" {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// docsPage is a page whose content never changes.
type docsPage struct {
	header http.Header
	bytes.Buffer
}

// newDocsPage calls h once, and stores the page that it serves at path.
func newDocsPage(h http.Handler, path string) *docsPage {
	page := &docsPage{header: http.Header{}}
	h.ServeHTTP(page, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return page
}

func (p *docsPage) Header() http.Header { return p.header }
func (p *docsPage) WriteHeader(int)     {}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// serve returns a handler that sends the page. Its policy lets browsers run the inline
// scripts of the page, by their hashes, and the scripts of this server.
func (p *docsPage) serve() http.HandlerFunc {
	scripts := []string{"'self'"}
	for _, match := range inlineScript.FindAllSubmatch(p.Bytes(), -1) {
		sum := sha256.Sum256(match[1])
		scripts = append(scripts, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	policy := "default-src 'none'; script-src " + strings.Join(scripts, " ") + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(p.Bytes()) // fails only if the client is gone
	}
}
