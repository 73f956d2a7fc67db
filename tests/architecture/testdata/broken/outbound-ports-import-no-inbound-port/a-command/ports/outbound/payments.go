package outbound

import "example.com/sample/ports/inbound"
