package rest

import (
	"encoding/json"
	"maps"
)

// Problem is a problem document (RFC 9457).
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
	// Errors says which parts of the request are wrong.
	Errors []FieldError `json:"errors"`
	// Extensions are further members, by name.
	Extensions map[string]any `json:"-"`
}

// FieldError is one wrong part of a request.
type FieldError struct {
	Detail string `json:"detail"`
	// Pointer leads into the body (RFC 6901); for a parameter or header, it is
	// the name after a slash.
	Pointer string `json:"pointer"`
}

// MarshalJSON writes the extensions beside the other members. Empty members are
// left out.
func (p Problem) MarshalJSON() ([]byte, error) {
	members := map[string]any{"type": p.Type, "title": p.Title, "status": p.Status}
	if p.Detail != "" {
		members["detail"] = p.Detail
	}
	if p.Instance != "" {
		members["instance"] = p.Instance
	}
	if len(p.Errors) > 0 {
		members["errors"] = p.Errors
	}
	maps.Copy(members, p.Extensions)
	return json.Marshal(members)
}
