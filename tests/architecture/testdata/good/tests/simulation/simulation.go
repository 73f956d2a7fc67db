package simulation

import (
	"pgregory.net/rapid"

	"example.com/sample/bootstrap/embedded"
)
