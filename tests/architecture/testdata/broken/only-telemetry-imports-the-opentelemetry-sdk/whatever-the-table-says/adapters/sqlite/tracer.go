package sqlite

import "go.opentelemetry.io/otel/sdk/trace"
