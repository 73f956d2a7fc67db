package sqlite

import "github.com/redis/go-redis/v9"
