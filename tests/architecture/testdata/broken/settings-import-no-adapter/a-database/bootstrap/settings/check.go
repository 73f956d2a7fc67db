package settings

import "example.com/sample/adapters/sqlite"
