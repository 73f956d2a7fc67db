//go:build wireinject

package embedded

import (
	"github.com/google/wire"

	"example.com/sample/adapters/sqlite"
	"example.com/sample/application"
)
