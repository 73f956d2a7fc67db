// Package api contains the public contracts of the service: openapi.yaml for requests,
// asyncapi.yaml for events.
package api

import _ "embed"

var (
	// OpenAPI is the contract of the REST API, in YAML.
	//
	//go:embed openapi.yaml
	OpenAPI []byte
	// AsyncAPI is the contract of the events, in YAML.
	//
	//go:embed asyncapi.yaml
	AsyncAPI []byte
)
