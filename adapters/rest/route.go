package rest

import (
	"net/http"

	"github.com/gorilla/mux"
)

// noteRoute notes the method and the template of the matched path: metrics are
// labelled with it, because the number of paths is unbounded.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if template, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			infoOf(r.Context()).route = r.Method + " " + template
		}
		next.ServeHTTP(w, r)
	})
}
