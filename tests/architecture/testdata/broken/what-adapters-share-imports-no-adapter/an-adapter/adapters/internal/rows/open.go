package rows

import "example.com/sample/adapters/sqlite"
