// Package delivery holds what the brokers share: one attempt to handle an
// event, and the reason that a dead letter keeps.
package delivery

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// Attempt decodes a message and hands the event to handle, under the event's
// correlation id. A panic of handle is returned as an error with its stack.
func Attempt(ctx context.Context, codec platform.EventCodec, message []byte, handle func(context.Context, platform.Event) error) (err error) {
	e, err := codec.Decode(message)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ports.WithCorrelationID(ctx, e.CorrelationID), e)
}

// maxReason is in bytes. It is small because all headers of a RabbitMQ message
// together must fit into one frame.
const maxReason = 2000

// Reason returns the text of the error of the last attempt, cut to 2000 bytes
// of valid UTF-8.
func Reason(err error) string {
	text := err.Error()
	return strings.ToValidUTF8(text[:min(len(text), maxReason)], "")
}
