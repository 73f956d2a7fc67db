package worker

import "example.com/sample/ports/inbound"
