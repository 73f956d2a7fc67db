// Package accesslog describes HTTP requests for the access log and the metrics.
package accesslog

import "time"

// Entry describes an HTTP request and its response.
type Entry struct {
	// Route is the method and the path template, such as "GET /items/{id}". It is empty
	// if no route matched.
	Route      string
	Path       string
	RemoteAddr string
	// Status and Bytes describe the response as it was sent, after compression.
	Status   int
	Bytes    int64
	Duration time.Duration
	// Aborted reports whether the connection was closed before the response was complete.
	Aborted bool
}
