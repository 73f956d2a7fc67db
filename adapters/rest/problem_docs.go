package rest

import (
	"html/template"
	"net/http"

	"github.com/gorilla/mux"

	"example.com/portico/ports"
)

const problemPath = "/problems/"

var problemPages = template.Must(template.New("problems").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{{if eq (len .) 1}}{{(index . 0).Title}}{{else}}Problems{{end}}</title>
{{range .}}<h1><a href="{{.Path}}">{{.Title}}</a></h1>
<p>Status {{.Status}}. {{.Means}}</p>
{{end}}</html>
`))

type problemPage struct {
	Path, Title, Means string
	Status             int
}

// list explains all the kinds of problems that there are.
func (f failures) list(w http.ResponseWriter, r *http.Request) {
	pages := make([]problemPage, len(f.kinds))
	for i, k := range f.kinds {
		pages[i] = k.page()
	}
	f.render(w, r, pages...)
}

// explain tells about the kind that a problem's type points to.
func (f failures) explain(w http.ResponseWriter, r *http.Request) {
	for _, k := range f.kinds {
		if k.slug == mux.Vars(r)["slug"] {
			f.render(w, r, k.page())
			return
		}
	}
	f.answer(w, r, ports.ErrNotFound)
}

func (k kind) page() problemPage {
	return problemPage{Path: problemPath + k.slug, Title: k.title, Means: k.means, Status: k.status}
}

func (f failures) render(w http.ResponseWriter, r *http.Request, pages ...problemPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := problemPages.Execute(w, pages); err != nil {
		f.answer(w, r, err)
	}
}
