package inbound

import (
	"example.com/sample/domain/booking"
	"example.com/sample/ports"
)
