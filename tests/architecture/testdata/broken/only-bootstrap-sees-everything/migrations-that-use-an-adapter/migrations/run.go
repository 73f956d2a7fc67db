package migrations

import "example.com/sample/adapters/sqlite"
