package booking

import "example.com/sample/ports/outbound"
