//go:build wireinject

package bootstrap

import (
	"github.com/google/wire"

	"example.com/sample/adapters/sqlite"
	"example.com/sample/application"
)
