package invitationevents_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/portico/adapters/starter/eventjson/invitationevents"
	api "example.com/portico/api/starter"
	"example.com/portico/domain/event"
	"example.com/portico/domain/starter/invitation"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/testkit"
)

var (
	codec = invitationevents.Codec()
	at    = time.Date(2031, 5, 4, 12, 0, 0, 123456000, time.UTC)
)

// samples holds one event of each type, with every field set.
var samples = []event.Event{
	invitation.Accepted{Invitation: "i1", Organisation: "globe", By: "gus", At: at},
	invitation.Expired{Invitation: "i1", Organisation: "globe", At: at},
	invitation.Made{Invitation: "i1", Organisation: "globe", InvitedBy: "mia", ExpiresAt: at.AddDate(0, 0, 7), At: at},
}

func TestEveryEventRoundTrips(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.EventType(), func(t *testing.T) {
			for field, value := range reflect.ValueOf(sample).Fields() {
				if value.IsZero() {
					t.Errorf("the sample leaves %s empty, so a lost value would go unnoticed", field.Name)
				}
			}
			want := envelope(sample)
			got, err := codec.Decode(encode(t, sample))
			testkit.Must(t, err)
			testkit.WantEqual(t, "event", got, want)
		})
	}
}

func TestEveryEventOfTheDomainHasASample(t *testing.T) {
	testkit.WantEqual(t, "types of the codec", codec.Types(), types())
	var recordable []string
	source, err := parser.ParseFile(token.NewFileSet(), "../../../../domain/starter/invitation/events.go", nil, parser.SkipObjectResolution)
	testkit.Must(t, err)
	for _, declaration := range source.Decls {
		if method, ok := declaration.(*ast.FuncDecl); ok && method.Name.Name == "EventType" {
			recordable = append(recordable, "invitation."+method.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	slices.Sort(recordable)
	var sampled []string
	for _, sample := range samples {
		sampled = append(sampled, reflect.TypeOf(sample).String())
	}
	testkit.WantEqual(t, "samples", sampled, recordable)
}

// TestAsyncAPI checks that asyncapi.yaml describes exactly the messages that the codec
// writes.
func TestAsyncAPI(t *testing.T) {
	// Rename the servers section, because the OpenAPI loader rejects AsyncAPI servers.
	document, err := openapi3.NewLoader().LoadFromData(bytes.Replace(api.AsyncAPI, []byte("\nservers:"), []byte("\nx-servers:"), 1))
	testkit.Must(t, err)
	var messages map[string]struct {
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
	convert(t, document.Components.Extensions["messages"], &messages)
	var channels struct {
		Events struct{ Messages map[string]any }
	}
	convert(t, document.Extensions["channels"], &channels)
	testkit.WantEqual(t, "messages of the channel", slices.Sorted(maps.Keys(channels.Events.Messages)), slices.Sorted(maps.Keys(messages)))

	var described []string
	schemas := map[string]string{} // by type of event
	for _, m := range messages {
		own := m.Payload.AllOf[1].Properties
		testkit.WantEqual(t, "type in the payload", own.Type.Const, m.Name)
		described = append(described, m.Name)
		schemas[m.Name] = strings.TrimPrefix(own.Data.Ref, "#/components/schemas/")
	}
	slices.Sort(described)
	testkit.WantEqual(t, "messages", described, types())

	for _, sample := range samples {
		t.Run("describes "+sample.EventType(), func(t *testing.T) {
			var message map[string]any
			testkit.Must(t, json.Unmarshal(encode(t, sample), &message))
			wantDescribed(t, document.Components.Schemas["Envelope"], message)
			wantDescribed(t, document.Components.Schemas[schemas[sample.EventType()]], message["data"].(map[string]any))
		})
	}
}

// wantDescribed checks that an object conforms to a schema and has exactly its fields.
func wantDescribed(t *testing.T, schema *openapi3.SchemaRef, object map[string]any) {
	t.Helper()
	testkit.Must(t, schema.Value.VisitJSON(object, openapi3.MultiErrors()))
	testkit.WantEqual(t, "fields", slices.Sorted(maps.Keys(object)), slices.Sorted(maps.Keys(schema.Value.Properties)))
}

func types() []string {
	var names []string
	for _, sample := range samples {
		names = append(names, sample.EventType())
	}
	return names
}

func envelope(body event.Event) platform.Event {
	return platform.Event{
		ID: "e1", Type: body.EventType(), Aggregate: "i1", OccurredAt: at,
		CorrelationID: "request-7", Headers: map[string]string{"traceparent": "00-1-2-03"}, Body: body,
	}
}

func encode(t *testing.T, body event.Event) []byte {
	t.Helper()
	message, err := codec.Encode(envelope(body))
	testkit.Must(t, err)
	return message
}

func convert(t *testing.T, from, to any) {
	t.Helper()
	encoded, err := json.Marshal(from)
	testkit.Must(t, err)
	testkit.Must(t, json.Unmarshal(encoded, to))
}
