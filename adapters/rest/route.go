package rest

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"
)

type patternKey struct{}

// keepPattern lets notePattern reach the request that those outside hold. It
// comes before all that makes a copy of the request.
func keepPattern(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), patternKey{}, &r.Pattern)))
	})
}

// notePattern tells those outside, in Request.Pattern as net/http's own mux
// does, which route the request took: metrics cannot be kept by path, because
// there is no end of paths.
func notePattern(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		template, err := mux.CurrentRoute(r).GetPathTemplate()
		pattern, ok := r.Context().Value(patternKey{}).(*string)
		if err == nil && ok {
			*pattern = r.Method + " " + template
		}
		next.ServeHTTP(w, r)
	})
}
