package sqlstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/adapters/internal/sqlstore"
	"example.com/portico/tests/testkit"
)

var noon = time.Date(2031, time.May, 4, 12, 0, 0, 123456000, time.UTC)

func TestTime(t *testing.T) {
	summer := time.FixedZone("", 2*60*60)
	for _, test := range []struct {
		name   string
		column any
		want   time.Time
	}{
		{"microseconds", noon.UnixMicro(), noon},
		{"microseconds before 1970", int64(-1), time.Date(1969, time.December, 31, 23, 59, 59, 999999000, time.UTC)},
		{"a time in another zone", noon.In(summer), noon},
		{"NULL as the zero time", nil, time.Time{}},
	} {
		t.Run("reads "+test.name, func(t *testing.T) {
			var got sqlstore.Time
			testkit.Must(t, got.Scan(test.column))
			if got.Time != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	t.Run("refuses a string", func(t *testing.T) {
		var got sqlstore.Time
		mustSay(t, got.Scan("noon"), "holds a string")
	})
	t.Run("writes in UTC, to the microsecond", func(t *testing.T) {
		got, err := sqlstore.TimeOf(noon.In(summer).Add(999 * time.Nanosecond)).Value()
		testkit.Must(t, err)
		if got != noon {
			t.Errorf("got %v, want %v", got, noon)
		}
	})
	t.Run("writes the zero time as NULL", func(t *testing.T) {
		got, err := sqlstore.TimeOf(time.Time{}).Value()
		testkit.Must(t, err)
		if got != nil {
			t.Errorf("got %v, want NULL", got)
		}
	})
}

type identity struct {
	ID string `db:"id"`
}

type wall struct {
	identity
	Colour  string `db:"colour"`
	Painted int    `db:"painted"`
	coats   int
}

func TestColumns(t *testing.T) {
	columns := sqlstore.ColumnsOf[wall]()
	if got, want := columns.List, "id, colour, painted"; got != want {
		t.Errorf("got columns %q, want %q", got, want)
	}
	if got, want := columns.Named, ":id, :colour, :painted"; got != want {
		t.Errorf("got placeholders %q, want %q", got, want)
	}
}

func TestStatement(t *testing.T) {
	s := sqlstore.NewStatement[wall](`UPDATE walls SET colour = :colour WHERE id = :id AND colour <> :colour::text`)
	if got, want := s.Text, `UPDATE walls SET colour = $2 WHERE id = $1 AND colour <> $2::text`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got := s.Args(wall{identity: identity{"w1"}, Colour: "red", Painted: 7, coats: 2})
	if diff := cmp.Diff([]any{"w1", "red", 7}, got); diff != "" {
		t.Error(diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown column did not panic")
		}
	}()
	sqlstore.NewStatement[wall](`DELETE FROM walls WHERE height = :height`)
}

func mustSay(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
