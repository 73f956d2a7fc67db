package delivery_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

// codec reads messages whose bytes are the event's id.
type codec struct{}

func (codec) Encode(e platform.Event) ([]byte, error) { return []byte(e.ID), nil }

func (codec) Decode(message []byte) (platform.Event, error) {
	if len(message) == 0 {
		return platform.Event{}, errors.New("empty message")
	}
	return platform.Event{ID: ports.EventID(message), CorrelationID: "request-7"}, nil
}

func (codec) OccurredAt([]byte) (time.Time, error) { return time.Time{}, nil }

func TestAttempt(t *testing.T) {
	t.Run("calls the handler with the event and its correlation id", func(t *testing.T) {
		err := delivery.Attempt(t.Context(), codec{}, []byte("e1"), func(ctx context.Context, e platform.Event) error {
			if e.ID != "e1" || ports.CorrelationID(ctx) != "request-7" {
				t.Errorf("got event %s of request %q, want e1 of request-7", e.ID, ports.CorrelationID(ctx))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("does not call the handler for an unreadable message", func(t *testing.T) {
		err := delivery.Attempt(t.Context(), codec{}, nil, func(context.Context, platform.Event) error {
			t.Error("the handler was called")
			return nil
		})
		if err == nil || err.Error() != "empty message" {
			t.Errorf("got error %v, want empty message", err)
		}
	})
	t.Run("returns an error with the stack if the handler panics", func(t *testing.T) {
		err := delivery.Attempt(t.Context(), codec{}, []byte("e1"), func(context.Context, platform.Event) error { panic("no paper") })
		if err == nil || !strings.Contains(err.Error(), "panic: no paper") || !strings.Contains(err.Error(), "delivery_test.go") {
			t.Errorf("got error %v, want the panic and this file in its stack", err)
		}
	})
}

func TestReason(t *testing.T) {
	got := delivery.Reason(errors.New("x" + strings.Repeat("é", 2000)))
	if len(got) != 1999 || !utf8.ValidString(got) {
		t.Errorf("got %d bytes, valid UTF-8: %t; want 1999 valid bytes", len(got), utf8.ValidString(got))
	}
}
