package sqlite

import "example.com/sample/adapters/telemetry"
