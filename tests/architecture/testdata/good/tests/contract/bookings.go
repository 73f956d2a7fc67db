package contract

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/sample/domain/booking"
	"example.com/sample/ports/outbound"
)
