package eventjson_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/eventjson"
	"example.com/portico/ports/platform"
)

var at = time.Date(2026, 5, 4, 19, 30, 0, 123456000, time.UTC)

type painted struct {
	Wall string
	At   time.Time
}

func (painted) EventType() string       { return "wall.painted" }
func (e painted) OccurredAt() time.Time { return e.At }

type paintedJSON struct {
	Wall string    `json:"wallId"`
	At   time.Time `json:"at"`
}

type cleaned struct{ At time.Time }

func (cleaned) EventType() string       { return "wall.cleaned" }
func (e cleaned) OccurredAt() time.Time { return e.At }

var codec = eventjson.New(
	eventjson.Tagged(func(e *painted) any { return (*paintedJSON)(e) }),
	eventjson.Mapped(
		func(e cleaned) int64 { return e.At.UnixMicro() },
		func(micros int64) (cleaned, error) { return cleaned{time.UnixMicro(micros).UTC()}, nil }),
)

func TestCodec(t *testing.T) {
	for _, test := range []struct {
		body any
		name string
		data string
	}{
		{painted{"w1", at}, "wall.painted", `{"wallId":"w1","at":"2026-05-04T19:30:00.123456Z"}`},
		{cleaned{at}, "wall.cleaned", `1777923000123456`},
	} {
		t.Run("writes and reads "+test.name, func(t *testing.T) {
			want := platform.Event{
				ID: "e1", Type: test.name, Aggregate: "w1", OccurredAt: at,
				CorrelationID: "request-7", Headers: map[string]string{"traceparent": "00-1-2-03"}, Body: test.body,
			}
			message, err := codec.Encode(want)
			if err != nil {
				t.Fatal(err)
			}
			wantMessage := `{"id":"e1","type":"` + test.name + `","aggregate":"w1","occurredAt":"2026-05-04T19:30:00.123456Z",` +
				`"correlationId":"request-7","headers":{"traceparent":"00-1-2-03"},"data":` + test.data + `}`
			if diff := cmp.Diff(wantMessage, string(message)); diff != "" {
				t.Error(diff)
			}
			got, err := codec.Decode(message)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("lists its types", func(t *testing.T) {
		if diff := cmp.Diff([]string{"wall.cleaned", "wall.painted"}, codec.Types()); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("refuses to read", func(t *testing.T) {
		for _, test := range []struct{ name, message, want string }{
			{"an unknown type", `{"id":"e1","type":"wall.built","data":{}}`, `unknown type "wall.built"`},
			{"invalid JSON", `{"id":`, "decode event"},
			{"an event without data", `{"id":"e1","type":"wall.painted"}`, "decode event e1 of type wall.painted"},
		} {
			t.Run(test.name, func(t *testing.T) {
				_, err := codec.Decode([]byte(test.message))
				wantText(t, err, test.want)
			})
		}
	})

	t.Run("refuses to write", func(t *testing.T) {
		t.Run("an unknown type", func(t *testing.T) {
			_, err := codec.Encode(platform.Event{Type: "wall.built", Body: painted{}})
			wantText(t, err, `unknown type "wall.built"`)
		})
		t.Run("a body of another type", func(t *testing.T) {
			_, err := codec.Encode(platform.Event{Type: "wall.painted", Body: cleaned{}})
			wantText(t, err, "the body is a eventjson_test.cleaned")
		})
	})

	t.Run("returns the time of an event of an unknown type", func(t *testing.T) {
		got, err := codec.OccurredAt([]byte(`{"type":"wall.built","occurredAt":"2026-05-04T21:30:00.123456+02:00"}`))
		if err != nil || got != at {
			t.Errorf("got %v, %v, want %v", got, err, at)
		}
	})
}

func wantText(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
