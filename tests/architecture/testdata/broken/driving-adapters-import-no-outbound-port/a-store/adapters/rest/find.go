package rest

import "example.com/sample/ports/outbound"
