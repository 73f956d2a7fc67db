package rest

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"example.com/portico/ports"
)

const problemPath = "/problems/"

var problemPage = template.Must(template.New("problems").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{{if eq (len .) 1}}{{(index . 0).Title}}{{else}}Problems{{end}}</title>
{{range .}}<h1><a href="{{.Path}}">{{.Title}}</a></h1>
<p>Status {{.Status}}. {{.Description}}</p>
{{end}}</html>
`))

// Path leads to the type's description.
func (t ProblemType) Path() string { return problemPath + t.Slug }

// serveAll describes all problem types.
func (p problemWriter) serveAll(w http.ResponseWriter, r *http.Request) { p.describe(w, r, p.types) }

// serveOne describes the type that a problem document points to.
func (p problemWriter) serveOne(w http.ResponseWriter, r *http.Request) {
	at := slices.IndexFunc(p.types, func(t ProblemType) bool { return t.Slug == mux.Vars(r)["slug"] })
	if at < 0 {
		p.write(w, r, ports.ErrNotFound)
		return
	}
	p.describe(w, r, p.types[at:at+1])
}

func (p problemWriter) describe(w http.ResponseWriter, r *http.Request, types []ProblemType) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := problemPage.Execute(w, types); err != nil {
		p.write(w, r, err)
	}
}
