package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Client sends requests to an app, with Token if it is set. It checks every answer
// against the contract.
type Client struct {
	App   *App
	Token string
}

// Answer is a response whose body was read.
type Answer struct {
	T       *testing.T
	Request string
	Status  int
	Header  http.Header
	Body    []byte
}

// Problem is the part of a problem document (RFC 9457) that tests check.
type Problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

var httpClient = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 128},
}

// Probe returns the status code of a page, or 0 if no server answers.
func Probe(url string) (status int) {
	response, err := httpClient.Get(url)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// Call sends a request. It sends a string body unchanged and encodes other bodies as
// JSON. The headers are alternating names and values.
func (c *Client) Call(method, path string, body any, headers ...string) *Answer {
	c.App.T.Helper()
	a, err := c.Try(method, path, body, headers...)
	if err != nil {
		c.App.T.Fatal(err)
	}
	return a
}

// Try is like Call, but returns an error if the server does not answer.
func (c *Client) Try(method, path string, body any, headers ...string) (*Answer, error) {
	c.App.T.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.App.T.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.App.T.Context(), method, c.App.root()+path, content)
	if err != nil {
		c.App.T.Fatal(err)
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := httpClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &Answer{T: c.App.T, Request: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: text}
	c.App.program.checkContract(a, r)
	return a, nil
}

// Want fails the test unless the answer has the status.
func (a *Answer) Want(status int) *Answer {
	a.T.Helper()
	if a.Status != status {
		a.T.Fatalf("%s: status %d, want %d: %s", a.Request, a.Status, status, a.Body)
	}
	return a
}

// Problem fails the test unless the answer is the given problem. It returns the problem.
func (a *Answer) Problem(status int, slug string) Problem {
	a.T.Helper()
	a.Want(status)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.T.Fatalf("%s: content type %q, want application/problem+json", a.Request, got)
	}
	p := Decode[Problem](a)
	if p.Type != "/problems/"+slug || p.Status != status {
		a.T.Fatalf("%s: problem %q of status %d, want /problems/%s of %d", a.Request, p.Type, p.Status, slug, status)
	}
	return p
}

// Decode decodes the JSON body of an answer.
func Decode[T any](a *Answer) T {
	a.T.Helper()
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		a.T.Fatalf("%s: %v in %q", a.Request, err, a.Body)
	}
	return v
}

// checkContract fails the test if the answer violates the contract. It records successful
// operations.
func (p *Program) checkContract(a *Answer, r *http.Request) {
	a.T.Helper()
	r = r.Clone(context.Background())
	r.URL.Host, r.URL.Scheme, r.Host = "", "", ""
	route, params, err := p.contract.FindRoute(r)
	if errors.Is(err, routers.ErrPathNotFound) || errors.Is(err, routers.ErrMethodNotAllowed) {
		return // the contract does not cover HTML pages, unknown paths and unknown methods
	}
	if err != nil {
		a.T.Fatalf("%s: %v", a.Request, err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.Status,
		Header:                 a.Header,
		Body:                   io.NopCloser(bytes.NewReader(a.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		a.T.Fatalf("%s: the answer breaks the contract: %v", a.Request, err)
	}
	if a.Status < http.StatusBadRequest {
		p.called.Store(route.Operation.OperationID, true)
	}
}
