package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gorilla/mux"

	"example.com/portico/ports"
)

var errMediaType = errors.New("the body is not declared as JSON")

// malformed is a request that does not have the contract's shape.
type malformed struct {
	detail string
	fields []FieldError
}

func (e *malformed) Error() string { return "malformed request: " + e.detail }

// notAllowed is a request of the right shape with values that are not allowed.
type notAllowed struct{ fields []FieldError }

func (e *notAllowed) Error() string { return fmt.Sprintf("not allowed: %v", e.fields) }

// guard lets a request reach a route of the router only if it is as the OpenAPI
// document says of that route. It panics if the document is not valid or lacks
// a route: both are parts of the program.
func guard(router *mux.Router, document []byte, fail failFunc) {
	loader := openapi3.NewLoader()
	spec, err := loader.LoadFromData(document)
	if err == nil {
		err = spec.Validate(loader.Context)
	}
	if err == nil {
		err = router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
			op, err := operationOf(spec, route)
			if err == nil {
				route.Handler(op.check(route.GetHandler(), fail))
			}
			return err
		})
	}
	if err != nil {
		panic(fmt.Errorf("the contract: %w", err))
	}
}

// operation is what the contract says of one route.
type operation struct {
	*routers.Route
	// anonymous is whether nobody needs to be known.
	anonymous bool
}

func operationOf(spec *openapi3.T, route *mux.Route) (operation, error) {
	template, err := route.GetPathTemplate()
	if err != nil {
		return operation{}, err
	}
	methods, err := route.GetMethods()
	if err != nil {
		return operation{}, err
	}
	path, method := strings.TrimPrefix(template, basePath), methods[0]
	item := spec.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return operation{}, fmt.Errorf("%s %s is not in it", method, path)
	}
	op := operation{Route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}}
	security := spec.Security
	if op.Operation.Security != nil {
		security = *op.Operation.Security
	}
	op.anonymous = len(security) == 0 ||
		slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
	return op, nil
}

// check lets a request pass that is as the contract says, and sets the defaults
// of parameters that are absent. Answers stay out of caches, but for those that
// say otherwise.
func (op operation) check(next http.Handler, fail failFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if !op.anonymous && actorOf(r.Context()).ID() == "" {
			fail(w, r, ports.ErrUnauthenticated)
			return
		}
		if op.Operation.RequestBody != nil {
			if err := readJSON(r); err != nil {
				fail(w, r, err)
				return
			}
		}
		err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
			Request: r, PathParams: mux.Vars(r), Route: op.Route, Options: contractOptions,
		})
		if err != nil {
			fail(w, r, translate(err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

var contractOptions = &openapi3filter.Options{
	MultiError:         true,
	AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // done before
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		// The library's own check lets the 31st of February pass.
		openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(text string) error {
			_, err := time.Parse(time.RFC3339, text)
			return err
		})),
	},
}

// readJSON replaces the body by what it holds, if that is one JSON value and
// nothing after it.
func readJSON(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return &malformed{detail: "The body ended too soon."}
	}
	if len(body) == 0 {
		return &malformed{detail: "A body is needed."}
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return errMediaType
	}
	if err := json.Unmarshal(body, &json.RawMessage{}); err != nil {
		return &malformed{detail: "The body is not JSON: " + err.Error() + "."}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// translate sorts what the library found into *malformed, if anything is out of
// shape, or *notAllowed.
func translate(err error) error {
	var fields []FieldError
	outOfShape := false
	for _, finding := range flatten(err) {
		var request *openapi3filter.RequestError
		if !errors.As(finding, &request) {
			return err
		}
		at := "" // RFC 6901: the body itself
		if request.Parameter != nil {
			at = "/" + request.Parameter.Name
		}
		for _, cause := range flatten(request.Err) {
			var schema *openapi3.SchemaError
			if !errors.As(cause, &schema) {
				outOfShape = true
				fields = append(fields, FieldError{Pointer: at, Detail: request.Error()})
				continue
			}
			switch schema.SchemaField {
			case "type", "nullable", "properties": // the last is a field that the contract lacks
				outOfShape = true
			}
			pointer := strings.Join(append([]string{at}, schema.JSONPointer()...), "/")
			var unknown string // the library points at the object around it
			if _, err := fmt.Sscanf(schema.Reason, "property %q is unsupported", &unknown); err == nil {
				pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(unknown)
			}
			fields = append(fields, FieldError{Pointer: pointer, Detail: schema.Reason})
		}
	}
	if outOfShape {
		return &malformed{detail: "The request does not have the contract's shape.", fields: fields}
	}
	return &notAllowed{fields: fields}
}

// flatten undoes the nesting of the library's lists of errors.
func flatten(err error) []error {
	several, ok := err.(openapi3.MultiError) //nolint:errorlint // a list within another error is that error's to tell
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range several {
		all = append(all, flatten(one)...)
	}
	return all
}
