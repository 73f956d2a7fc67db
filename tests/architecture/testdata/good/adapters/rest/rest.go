package rest

import (
	"example.com/sample/ports/inbound"
	"example.com/sample/ports/platform"
)
