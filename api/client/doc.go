// Package client calls the REST API of a Portico server. It is generated from the
// contract; see [NewClientWithResponses].
package client

//go:generate ../../.bin/oapi-codegen -config oapi-codegen.yaml ../openapi.yaml
