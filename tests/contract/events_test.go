package contract_test

import (
	"testing"

	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

func TestNotes(t *testing.T) {
	var notes contract.Notes
	t.Run("decodes what it encodes", func(t *testing.T) {
		for _, want := range append(notes.OfEachType(), notes.New()) {
			message, err := notes.Encode(want)
			testkit.Must(t, err)
			got, err := notes.Decode(message)
			testkit.Must(t, err)
			testkit.WantEqual(t, "event", got, want)
			at, err := notes.OccurredAt(message)
			testkit.Must(t, err)
			testkit.WantEqual(t, "time", at, want.OccurredAt)
		}
	})

	t.Run("refuses an unknown type", func(t *testing.T) {
		unknown := notes.New()
		unknown.Body = "text"
		if message, err := notes.Encode(unknown); err == nil {
			t.Errorf("got message %s, want an error", message)
		}
		if e, err := notes.Decode([]byte(`{"Type": "note.lost", "Body": {}}`)); err == nil {
			t.Errorf("got event %+v, want an error", e)
		}
	})
}
