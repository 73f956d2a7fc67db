package sqlite

import "example.com/sample/bootstrap"
