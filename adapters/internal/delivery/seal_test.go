package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/internal/delivery"
	"example.com/portico/domain/event"
	"example.com/portico/ports"
	"example.com/portico/ports/platform"
)

type painted struct{ at time.Time }

func (painted) EventType() string       { return "wall.painted" }
func (p painted) OccurredAt() time.Time { return p.at }

func TestSeal(t *testing.T) {
	at := time.Date(2026, 5, 4, 19, 30, 0, 123456000, time.UTC)
	recorded := []event.Event{painted{at}, painted{at.Add(time.Second)}}
	ctx := ports.WithCorrelationID(context.Background(), "request-7")
	sealed := delivery.Seal(ctx, "w1", recorded)

	if len(sealed) != 2 {
		t.Fatalf("got %d envelopes, want 2", len(sealed))
	}
	if sealed[0].ID >= sealed[1].ID {
		t.Errorf("got ids %s, %s, want ascending ids", sealed[0].ID, sealed[1].ID)
	}
	for i, e := range sealed {
		want := platform.Event{
			ID: e.ID, Type: "wall.painted", Aggregate: "w1",
			OccurredAt: at.Add(time.Duration(i) * time.Second), CorrelationID: "request-7", Body: recorded[i],
		}
		if diff := cmp.Diff(want, e, cmp.Comparer(func(a, b event.Event) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
	}
}
