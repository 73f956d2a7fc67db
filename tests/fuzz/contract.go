package fuzz

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// contract checks responses against an OpenAPI document.
type contract struct {
	Config
	operations []*operation // in a fixed order
}

type operation struct {
	*openapi3.Operation
	method     string
	path       string // the template, with the base path
	parameters []*openapi3.Parameter
	roles      []string
	body       *openapi3.SchemaRef // of the request, or nil
	maxBody    int                 // of the request, in bytes
}

func newContract(config Config) (*contract, error) {
	document, err := openapi3.NewLoader().LoadFromData(config.Document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	c := &contract{Config: config}
	names := map[string]bool{} // the names that the configuration may contain
	for name, schema := range document.Components.Schemas {
		for property := range schema.Value.Properties {
			names[name+"."+property] = true
		}
	}
	for path, item := range document.Paths.Map() {
		for method, described := range item.Operations() {
			op := &operation{Operation: described, method: method, path: config.BasePath + path}
			for _, parameter := range slices.Concat(item.Parameters, described.Parameters) {
				op.parameters = append(op.parameters, parameter.Value)
				names[op.keyOf(parameter.Value)] = true
			}
			roles, _ := described.Extensions["x-roles"].([]any)
			for _, role := range roles {
				op.roles = append(op.roles, fmt.Sprint(role))
			}
			if described.RequestBody != nil {
				body := described.RequestBody.Value
				op.body = body.Content.Get("application/json").Schema
				limit, _ := body.Extensions["x-max-body-bytes"].(float64)
				op.maxBody = int(limit)
			}
			c.operations = append(c.operations, op)
			names[op.OperationID] = true
		}
	}
	slices.SortFunc(c.operations, func(a, b *operation) int { return cmp.Compare(a.OperationID, b.OperationID) })
	for _, key := range slices.Concat(slices.Collect(maps.Keys(config.Values)), slices.Collect(maps.Keys(config.MaxBytes)), config.Seldom, config.MayBeUnavailable) {
		if !names[key] {
			return nil, fmt.Errorf("%s does not occur in the OpenAPI document", key)
		}
	}
	return c, nil
}

// keyOf returns the key of a parameter in [Config.Values]. For a path parameter, it is the
// path up to and including the parameter.
func (op *operation) keyOf(p *openapi3.Parameter) string {
	if p.In != openapi3.ParameterInPath {
		return p.Name
	}
	parameter := "{" + p.Name + "}"
	before, _, _ := strings.Cut(op.path, parameter)
	return before + parameter
}

// find returns the operation that a request calls, or nil. A HEAD request calls the
// operation of GET.
func (c *contract) find(r request) *operation {
	method := r.method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	i := slices.IndexFunc(c.operations, func(op *operation) bool { return op.method == method && matches(op.path, r.path()) })
	if i < 0 {
		return nil
	}
	return c.operations[i]
}

func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{") && got != ""
	})
}

// The limits of a response. [Config.MaxBytes] overrides maxBytes for an operation.
const (
	maxBytes  = 64 << 10
	maxErrors = 100 // in a problem document
)

// Statuses that the document need not describe, because no operation answers with them.
var (
	// withoutOperation are the statuses for requests that call no operation: for a path with
	// an encoded slash, an invalid token, an unknown path, a method that the path does not
	// have, and too many requests.
	withoutOperation = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusTooManyRequests}
	// ofPages are the statuses of pages that the document does not describe.
	ofPages = []int{http.StatusOK, http.StatusPartialContent, http.StatusMovedPermanently, http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable}
	// ofServer are the statuses with which net/http itself answers: for invalid HTTP, an
	// unknown expectation, a header that is too long, and an unknown transfer encoding.
	ofServer = []int{http.StatusBadRequest, http.StatusExpectationFailed, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented}
)

// Headers that the document need not describe.
var (
	requiredHeaders = []string{
		"Cache-Control", "Content-Security-Policy", "Cross-Origin-Resource-Policy", "Date", "Referrer-Policy",
		"X-Content-Type-Options", "X-Request-Id",
	}
	optionalHeaders = []string{"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Transfer-Encoding", "Vary"}
	pageHeaders     = []string{"Accept-Ranges", "Content-Range", "Etag", "Last-Modified", "Location"}
)

// check returns what is wrong with a response. It calls the function found with each
// string of the body and of the documented headers.
func (c *contract) check(op *operation, r request, a response, found func(name, value string)) (wrong []string) {
	report := func(format string, values ...any) { wrong = append(wrong, fmt.Sprintf(format, values...)) }
	if byServer(a.header) && len(r.changes) > 0 && (slices.Contains(ofServer, a.status) || r.method == http.MethodOptions && r.target == "*") {
		return nil
	}
	if op == nil {
		c.checkWithoutOperation(r, a, report)
		return wrong
	}
	documented := op.Responses.Value(fmt.Sprint(a.status))
	if documented == nil {
		report("the status %d is not documented for %s", a.status, op.OperationID)
		return wrong
	}
	isProblem := a.status >= http.StatusBadRequest
	switch {
	case a.status >= 500 && (a.status != http.StatusServiceUnavailable || !slices.Contains(c.MayBeUnavailable, op.OperationID)):
		report("the status is %d", a.status)
	case len(r.changes) == 0 && slices.Contains([]int{400, 413, 415}, a.status):
		report("the request is valid, and the status is %d", a.status)
	case !isProblem && op.body != nil:
		if err := checkRequestBody(op, r.body); err != nil {
			report("the request is invalid, and the status is %d: %v", a.status, err)
		}
	}
	c.checkHeader(a, documented.Value.Headers, nil, report)
	for name := range documented.Value.Headers {
		if value := a.header.Get(name); value != "" {
			found(name, value)
		}
	}
	limit := maxBytes
	if special := c.MaxBytes[op.OperationID]; special > 0 && !isProblem {
		limit = special
	}
	if len(a.body) > limit {
		report("the body has %d bytes, want at most %d", len(a.body), limit)
	}
	if r.method != http.MethodHead {
		c.checkBody(a, documented.Value.Content, found, report)
	}
	if isProblem && r.method != http.MethodHead {
		checkProblem(a, report)
	}
	return wrong
}

func (c *contract) checkWithoutOperation(r request, a response, report func(string, ...any)) {
	isPage := slices.ContainsFunc(c.Pages, func(prefix string) bool { return strings.HasPrefix(r.path(), prefix) })
	if !slices.Contains(withoutOperation, a.status) && (!isPage || !slices.Contains(ofPages, a.status)) {
		report("the status is %d, and the request calls no operation", a.status)
	}
	var described openapi3.Headers
	extra := []string{"Allow", "Www-Authenticate", "Ratelimit", "Retry-After"}
	if isPage {
		extra = append(extra, pageHeaders...)
	}
	c.checkHeader(a, described, extra, report)
	if a.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "" {
		report("the response has no Allow")
	}
	if a.status >= http.StatusBadRequest && r.method != http.MethodHead && !isPage {
		checkProblem(a, report)
	}
}

// checkRequestBody returns an error if the document does not allow a body that the API
// has accepted.
func checkRequestBody(op *operation, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return op.body.Value.VisitJSON(value, openapi3.VisitAsRequest())
}

// checkHeader checks that the header has every required field. Each other field must be
// documented, optional for all responses, or in extra.
func (c *contract) checkHeader(a response, documented openapi3.Headers, extra []string, report func(string, ...any)) {
	known := slices.Concat(requiredHeaders, optionalHeaders, extra)
	if c.Limited {
		known = append(known, "Ratelimit")
	}
	for _, name := range requiredHeaders {
		if a.header.Get(name) == "" {
			report("the response has no %s", name)
		}
	}
	for name, header := range documented {
		known = append(known, http.CanonicalHeaderKey(name))
		value := a.header.Get(name)
		switch {
		case value == "" && header.Value.Required:
			report("the response has no %s", name)
		case value != "" && header.Value.Schema.Value.Type.Is("string"):
			if err := header.Value.Schema.Value.VisitJSON(value); err != nil {
				report("%s %q: %v", name, value, err)
			}
		}
	}
	for name, values := range a.header {
		if !slices.Contains(known, name) {
			report("the header %s is not documented", name)
		}
		if len(values) > 1 && name != "Ratelimit" && name != "Vary" {
			report("the header %s occurs %d times", name, len(values))
		}
	}
}

func (c *contract) checkBody(a response, documented openapi3.Content, found func(name, value string), report func(string, ...any)) {
	if len(documented) == 0 {
		if len(a.body) > 0 {
			report("the response has a body, and none is documented")
		}
		return
	}
	media := documented[a.header.Get("Content-Type")]
	if media == nil {
		report("the content type %q is not documented", a.header.Get("Content-Type"))
		return
	}
	if media.Schema.Value.Format == "binary" {
		return
	}
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		report("the body is not valid JSON: %v", err)
		return
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		report("the body does not match its schema: %v", err)
		return
	}
	visit("", media.Schema, value, "", found, func(pointer string) { report("the field %s is not documented", pointer) })
}

// visit calls found with each string of a valid value, and unknown with the JSON pointer
// of each property that the schema does not have. The name of a string is that of its
// component and property.
func visit(component string, ref *openapi3.SchemaRef, value any, pointer string, found func(name, value string), unknown func(pointer string)) {
	visitNamed(component, "", ref, value, pointer, found, unknown)
}

func visitNamed(component, property string, ref *openapi3.SchemaRef, value any, pointer string, found func(name, value string), unknown func(pointer string)) {
	switch value := value.(type) {
	case string:
		found(component+"."+property, value)
	case []any:
		for i, item := range value {
			visitNamed(component, property, ref.Value.Items, item, fmt.Sprintf("%s/%d", pointer, i), found, unknown)
		}
	case map[string]any:
		properties := propertiesOf(componentOf(ref, component), ref)
		for name, item := range value {
			p, known := properties[name]
			if !known {
				unknown(pointer + "/" + name)
				continue
			}
			visitNamed(p.component, name, p.SchemaRef, item, pointer+"/"+name, found, unknown)
		}
	}
}

// described is the schema of a property, with the name of the component that has it.
type described struct {
	*openapi3.SchemaRef
	component string
}

// propertiesOf returns the properties of an object, including those of the parts of its
// allOf.
func propertiesOf(component string, ref *openapi3.SchemaRef) map[string]described {
	all := map[string]described{}
	for name, property := range ref.Value.Properties {
		all[name] = described{property, component}
	}
	for _, part := range ref.Value.AllOf {
		maps.Copy(all, propertiesOf(componentOf(part, component), part))
	}
	return all
}

// componentOf returns the name of the component that ref refers to. If ref refers to no
// component, it returns the parameter otherwise.
func componentOf(ref *openapi3.SchemaRef, otherwise string) string {
	if name, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		return name
	}
	return otherwise
}

// checkProblem checks a problem document (RFC 9457).
func checkProblem(a response, report func(string, ...any)) {
	var problem struct {
		Type   string
		Status int
		Errors []any
	}
	if err := json.Unmarshal(a.body, &problem); err != nil || a.header.Get("Content-Type") != "application/problem+json" {
		report("the response is not a problem document: %v", err)
		return
	}
	if problem.Status != a.status {
		report("the problem has the status %d, want %d", problem.Status, a.status)
	}
	if len(problem.Errors) > maxErrors {
		report("the problem lists %d errors, want at most %d", len(problem.Errors), maxErrors)
	}
	if len(a.body) > maxBytes {
		report("the problem has %d bytes, want at most %d", len(a.body), maxBytes)
	}
}
