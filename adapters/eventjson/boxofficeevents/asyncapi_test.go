package boxofficeevents_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/api"
	"example.com/portico/ports/platform"
)

// asyncAPI is the part of api/asyncapi.yaml that describes messages. Its schemas use the
// OpenAPI format.
type asyncAPI struct {
	schemas  openapi3.Schemas
	messages map[string]struct {
		Name    string
		Payload struct {
			AllOf []struct {
				Properties struct {
					Type struct{ Const string }
					Data struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
	}
	channel map[string]any // the messages of the channel
}

func loadAsyncAPI(t *testing.T) asyncAPI {
	t.Helper()
	// Rename the servers section, because the OpenAPI loader rejects AsyncAPI servers.
	text := bytes.Replace(api.AsyncAPI, []byte("\nservers:"), []byte("\nx-servers:"), 1)
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	loaded := asyncAPI{schemas: document.Components.Schemas}
	convert(t, document.Components.Extensions["messages"], &loaded.messages)
	var channels struct {
		Events struct{ Messages map[string]any }
	}
	convert(t, document.Extensions["channels"], &channels)
	loaded.channel = channels.Events.Messages
	return loaded
}

func convert(t *testing.T, from, to any) {
	t.Helper()
	encoded, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded, to); err != nil {
		t.Fatal(err)
	}
}

func TestAsyncAPI(t *testing.T) {
	document := loadAsyncAPI(t)

	t.Run("has one message for each event type, and no other messages", func(t *testing.T) {
		var types, described []string
		for _, sample := range samples(t) {
			types = append(types, sample.EventType())
		}
		for _, message := range document.messages {
			described = append(described, message.Name)
		}
		slices.Sort(types)
		slices.Sort(described)
		if diff := cmp.Diff(types, described); diff != "" {
			t.Errorf("types of events (-) and messages (+):\n%s", diff)
		}
		inChannel, defined := slices.Sorted(maps.Keys(document.channel)), slices.Sorted(maps.Keys(document.messages))
		if diff := cmp.Diff(defined, inChannel); diff != "" {
			t.Errorf("messages (-) and those of the channel (+):\n%s", diff)
		}
	})

	for _, sample := range samples(t) {
		t.Run("describes "+sample.EventType(), func(t *testing.T) {
			encoded, err := boxofficeevents.Codec().Encode(platform.Event{
				ID: "e1", Type: sample.EventType(), Aggregate: "a1", OccurredAt: at,
				CorrelationID: "request-7", Headers: map[string]string{"key": "value"}, Body: sample,
			})
			if err != nil {
				t.Fatal(err)
			}
			var message map[string]any
			if err := json.Unmarshal(encoded, &message); err != nil {
				t.Fatal(err)
			}
			document.wantDescribed(t, "Envelope", message)
			for _, described := range document.messages {
				if described.Name != sample.EventType() {
					continue
				}
				own := described.Payload.AllOf[1].Properties
				if own.Type.Const != sample.EventType() {
					t.Errorf("got type %q in the payload, want %q", own.Type.Const, sample.EventType())
				}
				document.wantDescribed(t, strings.TrimPrefix(own.Data.Ref, "#/components/schemas/"), message["data"].(map[string]any))
			}
		})
	}
}

// wantDescribed checks that an object conforms to a schema and has exactly the schema's
// fields.
func (d asyncAPI) wantDescribed(t *testing.T, name string, object map[string]any) {
	t.Helper()
	schema := d.schemas[name]
	if schema == nil {
		t.Fatalf("there is no schema %q", name)
	}
	if err := schema.Value.VisitJSON(object, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	described := slices.Sorted(maps.Keys(schema.Value.Properties))
	if diff := cmp.Diff(described, slices.Sorted(maps.Keys(object))); diff != "" {
		t.Errorf("fields of the schema %s (-) and of the event (+):\n%s", name, diff)
	}
}
