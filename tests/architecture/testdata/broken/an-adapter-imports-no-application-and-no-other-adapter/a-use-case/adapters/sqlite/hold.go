package sqlite

import "example.com/sample/application"
