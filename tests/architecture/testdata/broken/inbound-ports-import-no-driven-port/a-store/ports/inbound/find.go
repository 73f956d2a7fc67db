package inbound

import "example.com/sample/ports/outbound"
