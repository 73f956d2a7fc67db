package rest

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui/v5emb"

	"example.com/portico/api"
)

// mountPages serves what people read: the contract, the documentation made of
// it, and what the problems mean.
func mountPages(router *mux.Router, failures failures) {
	const contractPath = basePath + "/openapi.yaml"
	docs := v5emb.New("Portico", contractPath, "/docs")
	for path, page := range map[string]http.HandlerFunc{
		contractPath: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/yaml")
			_, _ = w.Write(api.OpenAPI) // nobody is left to tell
		},
		"/docs":                docs.ServeHTTP,
		"/docs/{file}":         docs.ServeHTTP,
		"/problems":            failures.list,
		problemPath + "{slug}": failures.explain,
	} {
		router.HandleFunc(path, page).Methods(http.MethodGet)
	}
}
