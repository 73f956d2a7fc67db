package rest

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5emb"
)

// mountDocs serves the OpenAPI document, a documentation page made from it, and
// the descriptions of the problem types.
func mountDocs(router *mux.Router, api API, problems problemWriter) {
	documentPath := api.BasePath + "/openapi.yaml"
	docs := v5emb.New(api.Title, documentPath, "/docs")
	for path, page := range map[string]http.HandlerFunc{
		documentPath: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/yaml")
			_, _ = w.Write(api.Document) // fails only if the client is gone
		},
		"/docs":                docs.ServeHTTP,
		"/docs/{file}":         docs.ServeHTTP,
		"/problems":            problems.serveAll,
		problemPath + "{slug}": problems.serveOne,
	} {
		router.HandleFunc(path, page).Methods(http.MethodGet)
	}
}
