package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gorilla/mux"

	"example.com/portico/domain/actor"
)

var errMediaType = errors.New("the body is not declared as JSON")

// validateRequests adds the checks of the OpenAPI document to each route of the router.
func validateRequests(router *mux.Router, api API, fail FailFunc) {
	loader := openapi3.NewLoader()
	spec, err := loader.LoadFromData(api.Document)
	if err == nil {
		err = spec.Validate(loader.Context)
	}
	if err == nil {
		err = router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
			op, err := operationOf(spec, api.BasePath, route)
			if err == nil {
				route.Handler(chain(route.GetHandler(), noStore, require(op.requireActor, fail), require(op.validate, fail)))
			}
			return err
		})
	}
	if err != nil {
		panic(fmt.Errorf("the OpenAPI document: %w", err))
	}
}

// operation is the document's description of one route.
type operation struct {
	*routers.Route
	// anonymous reports whether the operation can be called without a token.
	anonymous bool
	// body is the schema of the request body, or nil if there is none.
	body *openapi3.Schema
}

func operationOf(spec *openapi3.T, basePath string, route *mux.Route) (operation, error) {
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
		return operation{}, fmt.Errorf("it lacks %s %s", method, path)
	}
	op := operation{Route: &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}}
	if op.Operation.RequestBody != nil {
		op.body = op.Operation.RequestBody.Value.Content.Get("application/json").Schema.Value
	}
	security := spec.Security
	if op.Operation.Security != nil {
		security = *op.Operation.Security
	}
	op.anonymous = len(security) == 0 ||
		slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
	return op, nil
}

func (op operation) requireActor(r *http.Request) error {
	if !op.anonymous && ActorOf(r.Context()).ID() == "" {
		return actor.ErrAnonymous
	}
	return nil
}

// validate refuses a request that does not conform to the document, and sets the defaults
// of absent parameters. The handler parses the body again, into a Go type.
func (op operation) validate(r *http.Request) error {
	var body any
	if op.body != nil {
		var err error
		if body, err = readJSON(r); err != nil {
			return err
		}
	}
	var found findings
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: mux.Vars(r), Route: op.Route, Options: parameterOptions,
	})
	if err := found.addParameters(err); err != nil {
		return err
	}
	if op.body != nil {
		found.addBody(op.body.VisitJSON(body, bodyOptions...))
	}
	return found.err()
}

var (
	// dateTime rejects dates such as 31 February, which the library's own check accepts.
	dateTime = openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(text string) error {
		_, err := time.Parse(time.RFC3339, text)
		return err
	}))
	bodyOptions      = []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors(), dateTime}
	parameterOptions = &openapi3filter.Options{
		MultiError:              true,
		ExcludeRequestBody:      true,                                  // see addBody
		AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc, // see authenticate
		SchemaValidationOptions: []openapi3.SchemaValidationOption{dateTime},
	}
)

// readJSON parses the body, which must be exactly one JSON value, and rewinds it for the
// handler.
func readJSON(r *http.Request) (value any, err error) {
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, err
	}
	if err != nil {
		return nil, BadRequest("The body is incomplete.")
	}
	if len(body) == 0 {
		return nil, BadRequest("The body is missing.")
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		return nil, errMediaType
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, BadRequest("The body is not valid JSON: " + err.Error() + ".")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, BadRequest("The body is not valid JSON: data follows the first value.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return value, nil
}

// findings collects the validation errors of a request.
type findings struct {
	fields    []FieldError
	malformed bool // something has the wrong shape
}

func (f *findings) addBody(err error) {
	for _, cause := range flatten(err) {
		f.add("", cause, cause.Error()) // RFC 6901: "" points to the whole body
	}
}

// addParameters records the validation errors of parameters. It returns err if err
// contains other errors.
func (f *findings) addParameters(err error) error {
	for _, finding := range flatten(err) {
		request, ok := errors.AsType[*openapi3filter.RequestError](finding)
		if !ok || request.Parameter == nil {
			return err
		}
		for _, cause := range flatten(request.Err) {
			f.add("/"+request.Parameter.Name, cause, request.Error())
		}
	}
	return nil
}

// add records the validation errors that cause describes. It uses detail only if cause is
// not a schema violation.
func (f *findings) add(at string, cause error, detail string) {
	violation, ok := errors.AsType[*openapi3.SchemaError](cause)
	if !ok {
		f.malformed = true
		f.fields = append(f.fields, FieldError{Pointer: at, Detail: detail})
		return
	}
	pointer := strings.Join(append([]string{at}, violation.JSONPointer()...), "/")
	switch violation.SchemaField {
	case "type", "nullable":
		f.malformed = true
	case "properties":
		f.malformed = true
		f.addUnknown(pointer, violation)
		return
	}
	f.fields = append(f.fields, FieldError{Pointer: pointer, Detail: violation.Reason})
}

// addUnknown records an error for each unknown field of an object. It compares the object
// with its schema, because the library's errors name the fields only in their text.
func (f *findings) addUnknown(pointer string, violation *openapi3.SchemaError) {
	object, _ := violation.Value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		wrong := FieldError{
			Pointer: pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name),
			Detail:  fmt.Sprintf("property %q is unsupported", name),
		}
		if violation.Schema.Properties[name] == nil && !slices.Contains(f.fields, wrong) {
			f.fields = append(f.fields, wrong)
		}
	}
}

func (f *findings) err() error {
	switch {
	case f.malformed:
		return &badRequestError{detail: "The request does not have the shape that the contract defines.", fields: f.fields}
	case len(f.fields) > 0:
		return &unprocessableError{fields: f.fields}
	}
	return nil
}

// flatten turns the library's nested lists of errors into one list.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	several, ok := err.(openapi3.MultiError) //nolint:errorlint // a list inside another error belongs to that error
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range several {
		all = append(all, flatten(one)...)
	}
	return all
}
