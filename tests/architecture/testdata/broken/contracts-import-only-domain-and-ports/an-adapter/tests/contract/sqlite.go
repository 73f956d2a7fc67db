package contract

import "example.com/sample/adapters/sqlite"
