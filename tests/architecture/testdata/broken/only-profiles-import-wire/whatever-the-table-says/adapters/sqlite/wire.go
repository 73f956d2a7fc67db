package sqlite

import "github.com/google/wire"
