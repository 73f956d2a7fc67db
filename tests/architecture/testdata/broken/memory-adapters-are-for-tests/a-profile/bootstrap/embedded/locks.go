package embedded

import "example.com/sample/adapters/memory"
