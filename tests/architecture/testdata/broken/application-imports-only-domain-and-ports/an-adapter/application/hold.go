package application

import "example.com/sample/adapters/sqlite"
