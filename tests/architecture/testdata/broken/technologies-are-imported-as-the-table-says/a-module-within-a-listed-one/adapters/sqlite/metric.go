package sqlite

import "go.opentelemetry.io/otel/metric"
