package memory

import "example.com/sample/ports/outbound"
