package rest

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compress sends JSON and text gzipped to clients that accept it. Responses that
// fit into one packet are sent as they are.
func compress(enabled bool) middleware {
	return func(next http.Handler) http.Handler {
		if !enabled {
			return next
		}
		wrap, err := gzhttp.NewWrapper(
			gzhttp.MinSize(1400),
			gzhttp.CompressionLevel(1), // BestSpeed
			gzhttp.EnableZstd(false),
			gzhttp.ContentTypeFilter(compressible),
		)
		if err != nil {
			panic(err) // the options contradict each other
		}
		return wrap(next)
	}
}

func compressible(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "yaml")
}
