package rest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5emb"
)

// noteRoute records the method and the path template of the matched route. Metrics use
// them as a label instead of the path, because the number of paths is unbounded.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if template, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			infoOf(r.Context()).route = r.Method + " " + template
		}
		next.ServeHTTP(w, r)
	})
}

var errMethodNotAllowed = errors.New("method not allowed for this path")

// headAsGet handles HEAD requests like GET (RFC 9110, section 9.3.2). It changes only a
// copy, because net/http omits the body if the original method is HEAD.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}

// refuseMethod answers with an Allow header that lists the path's methods.
func refuseMethod(router *mux.Router, fail FailFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := *r
			other.Method = method
			var match mux.RouteMatch
			if router.Match(&other, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
				if method == http.MethodGet {
					allowed = append(allowed, http.MethodHead)
				}
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		fail(w, r, errMethodNotAllowed)
	})
}

// mountProblems serves the descriptions of the problem types.
func mountProblems(router *mux.Router, problems problemWriter) {
	router.HandleFunc("/problems", problems.serveAll).Methods(http.MethodGet)
	router.HandleFunc(problemPath+"{slug}", problems.serveOne).Methods(http.MethodGet)
}

// mountDocs serves the OpenAPI document and a documentation page made from it. The files
// of the page are served in turn, because some clients need them uncompressed.
func mountDocs(router *mux.Router, api API, inTurn middleware) {
	documentPath := api.BasePath + "/openapi.yaml"
	docs := v5emb.New(api.Title, documentPath, "/docs")
	for path, page := range map[string]http.Handler{
		documentPath: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/yaml")
			_, _ = w.Write(api.Document) // fails only if the client is gone
		}),
		"/docs": newDocsPage(docs, "/docs").serve(),
		"/docs/{file}": inTurn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=3600")
			docs.ServeHTTP(w, r)
		})),
	} {
		router.Handle(path, page).Methods(http.MethodGet)
	}
}
