module example.com/sample

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/google/wire v0.7.0
	github.com/jmoiron/sqlx v1.4.0
	go.opentelemetry.io/otel v1.38.0
	go.opentelemetry.io/otel/metric v1.38.0
	go.opentelemetry.io/otel/sdk v1.38.0
)

require modernc.org/sqlite v1.40.0 // indirect
