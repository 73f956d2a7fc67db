package platform

import "time"

// HandledRequest describes an HTTP request after its response.
type HandledRequest struct {
	// Route is the method and the path template, such as "GET /items/{id}";
	// empty if no route matched.
	Route      string
	Path       string
	RemoteAddr string
	// Status and Bytes are those of the response as it was sent, compressed.
	Status   int
	Bytes    int64
	Duration time.Duration
	// Aborted reports whether the connection was closed before the response was
	// complete.
	Aborted bool
}
