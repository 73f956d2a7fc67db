package sqlite_test

import (
	"github.com/stretchr/testify/assert"

	"example.com/sample/application"
)
