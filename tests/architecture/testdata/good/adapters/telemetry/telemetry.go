package telemetry

import "go.opentelemetry.io/otel/sdk/trace"
