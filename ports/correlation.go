package ports

import "context"

type correlationKey struct{}

// WithCorrelationID marks all that is done under the context as belonging to
// one request from outside.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationID is empty where nothing marked the context.
func CorrelationID(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}
