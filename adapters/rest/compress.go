package rest

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// minCompressed is the size in bytes from which compression is worth its time:
// less fits into one packet anyway.
const minCompressed = 1400

var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level exists
	return w
}}

// compress sends JSON and text gzipped to those who accept it.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead || !acceptsGzip(r.Header.Values("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		out := &compressed{ResponseWriter: w}
		defer out.close()
		next.ServeHTTP(out, r)
	})
}

// acceptsGzip reads the quality values of RFC 9110, section 12.5.3.
func acceptsGzip(header []string) bool {
	accepted := false
	for coding := range strings.SplitSeq(strings.Join(header, ","), ",") {
		name, parameter, _ := strings.Cut(coding, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "*" {
			continue
		}
		quality := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			quality, _ = strconv.ParseFloat(q, 64)
		}
		if name == "gzip" {
			return quality > 0
		}
		accepted = quality > 0
	}
	return accepted
}

// compressed decides with the first write, which for JSON is the whole body.
type compressed struct {
	http.ResponseWriter
	status int
	began  bool
	gzip   *gzip.Writer // nil if the answer goes out as it is
}

// WriteHeader waits for the first write, because compression changes headers.
func (w *compressed) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *compressed) Write(b []byte) (int, error) {
	if !w.began {
		w.begin(len(b))
	}
	if w.gzip != nil {
		return w.gzip.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

func (w *compressed) begin(size int) {
	w.began = true
	h := w.Header()
	if size >= minCompressed && h.Get("Content-Encoding") == "" && compressible(h.Get("Content-Type")) {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		// These bytes are others than those that the tag names (RFC 9110, section 8.8.1).
		if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
			h.Set("ETag", "W/"+tag)
		}
		w.gzip, _ = gzipWriters.Get().(*gzip.Writer)
		w.gzip.Reset(w.ResponseWriter)
	}
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
}

func (w *compressed) close() {
	if !w.began {
		w.begin(0)
	}
	if w.gzip != nil {
		_ = w.gzip.Close() // nobody is left to tell
		gzipWriters.Put(w.gzip)
	}
}

func compressible(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "yaml")
}

// Unwrap is for http.ResponseController.
func (w *compressed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
