package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gorilla/mux"

	"example.com/portico/domain/actor"
	"example.com/portico/ports"
)

// validateRequests adds the checks of the OpenAPI document to each route of the router.
func validateRequests(router *mux.Router, api API, inTurn middleware, fail FailFunc) {
	loader := openapi3.NewLoader()
	spec, err := loader.LoadFromData(api.Document)
	if err == nil {
		err = spec.Validate(loader.Context)
	}
	if err == nil {
		err = router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
			op, err := operationOf(spec, api.BasePath, route)
			if err != nil {
				return err
			}
			checks := []middleware{require(op.authorize, fail), op.limitBody, require(op.validate, fail)}
			if op.costly {
				checks = slices.Insert(checks, 1, inTurn)
			}
			route.Handler(chain(route.GetHandler(), checks...))
			return nil
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
	// roles are the roles that may call the operation, from x-roles. Without roles, any
	// actor may call it.
	roles []actor.Role
	// costly reports whether the requests of a caller take turns, from x-costly.
	costly bool
	// body is the schema of the request body, or nil if there is none.
	body *openapi3.Schema
	// maxBody is the maximum size of the request body in bytes, from x-max-body-bytes.
	maxBody int64
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
	if body := op.Operation.RequestBody; body != nil {
		op.body = body.Value.Content.Get("application/json").Schema.Value
		limit, ok := body.Value.Extensions["x-max-body-bytes"].(float64)
		if !ok {
			return operation{}, fmt.Errorf("the body of %s %s lacks x-max-body-bytes", method, path)
		}
		op.maxBody = int64(limit)
	}
	op.costly, _ = op.Operation.Extensions["x-costly"].(bool)
	roles, _ := op.Operation.Extensions["x-roles"].([]any)
	for _, role := range roles {
		op.roles = append(op.roles, actor.Role(fmt.Sprint(role)))
	}
	security := spec.Security
	if op.Operation.Security != nil {
		security = *op.Operation.Security
	}
	// The library reads the whole body to check the security of a request, which authorize
	// checks.
	unsecured := *op.Operation
	unsecured.Security = openapi3.NewSecurityRequirements()
	op.Operation = &unsecured
	op.anonymous = len(security) == 0 ||
		slices.ContainsFunc(security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
	return op, nil
}

// authorize checks that the actor is known and has one of the operation's roles. The use
// cases check the rest, such as who owns a booking.
func (op operation) authorize(r *http.Request) error {
	caller := ActorOf(r.Context())
	switch {
	case op.anonymous:
		return nil
	case caller.ID() == "":
		return actor.ErrAnonymous
	case len(op.roles) > 0 && !slices.ContainsFunc(caller.Roles(), func(r actor.Role) bool { return slices.Contains(op.roles, r) }):
		return fmt.Errorf("%w: want one of %q", actor.ErrForbidden, op.roles)
	}
	return nil
}

// validate refuses a request that does not conform to the document, and sets the defaults
// of absent parameters. The handler parses the body again, into its own type.
func (op operation) validate(r *http.Request) error {
	var found findings
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: mux.Vars(r), Route: op.Route, Options: parameterOptions,
	})
	if err := found.addParameters(err); err != nil {
		return err
	}
	if op.body != nil {
		body, err := readJSON(r)
		if err != nil {
			return err
		}
		found.addBody(op.body.VisitJSON(trim(body, op.body, new(int)), bodyOptions...))
	}
	return found.err()
}

var (
	// dateTime rejects dates such as 31 February, which the library's own check accepts.
	dateTime = openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(func(text string) error {
		_, err := time.Parse(time.RFC3339, text)
		return err
	}))
	// uuid rejects capitals, because ids are compared byte by byte. The library has no
	// check of its own.
	uuid = openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(
		"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"))
	bodyOptions      = []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors(), dateTime, uuid}
	parameterOptions = &openapi3filter.Options{
		MultiError:              true,
		ExcludeRequestBody:      true, // see addBody
		SchemaValidationOptions: []openapi3.SchemaValidationOption{dateTime, uuid},
	}
)

// findings collects the validation errors that the library found in a request.
type findings struct {
	fields    []FieldError
	malformed bool            // something has the wrong shape
	objects   map[string]bool // the objects whose unknown fields are listed, by pointer
}

func (f *findings) addBody(err error) {
	for _, cause := range flatten(err) {
		f.add("", cause, cause) // RFC 6901: "" points to the whole body
	}
}

// addParameters records the errors in err that are about parameters. It returns
// ports.ErrNotFound if a parameter in the path is invalid, because no object has such an
// id. It returns err if err contains other errors.
func (f *findings) addParameters(err error) error {
	for _, finding := range flatten(err) {
		request, ok := errors.AsType[*openapi3filter.RequestError](finding)
		if !ok || request.Parameter == nil {
			return err
		}
		if request.Parameter.In == openapi3.ParameterInPath {
			return ports.ErrNotFound
		}
		for _, cause := range flatten(request.Err) {
			f.add("/"+request.Parameter.Name, cause, request)
		}
	}
	return nil
}

// add records a validation error. The error cause is a part of whole. If cause is not a
// schema violation, the detail is the text of whole.
func (f *findings) add(at string, cause, whole error) {
	violation, ok := errors.AsType[*openapi3.SchemaError](cause)
	if !ok {
		f.malformed = true
		f.fields = append(f.fields, FieldError{Pointer: at, Detail: whole.Error()})
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

// addUnknown records all unknown fields of an object when it is first called for the
// object. The library reports each unknown field, but names it only in the error's text.
func (f *findings) addUnknown(pointer string, violation *openapi3.SchemaError) {
	if f.objects[pointer] {
		return
	}
	if f.objects == nil {
		f.objects = make(map[string]bool)
	}
	f.objects[pointer] = true
	object, _ := violation.Value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if violation.Schema.Properties[name] == nil {
			f.fields = append(f.fields, FieldError{
				Pointer: pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name),
				Detail:  fmt.Sprintf("property %q is unsupported", name),
			})
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
