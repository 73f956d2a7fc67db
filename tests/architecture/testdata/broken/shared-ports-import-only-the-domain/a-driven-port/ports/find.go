package ports

import "example.com/sample/ports/platform"
