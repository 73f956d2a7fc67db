// Package api holds Portico's contracts with the outside: openapi.yaml for
// requests, asyncapi.yaml for events.
package api

import _ "embed"

// OpenAPI is the REST contract, in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
