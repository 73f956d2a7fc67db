package invalid_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/portico/domain/invalid"
)

func TestCollector(t *testing.T) {
	t.Run("returns nil if there is no problem", func(t *testing.T) {
		var c invalid.Collector
		c.Check(true, "title", "never seen")
		c.Include(nil)
		c.Include(errors.New("something else"))
		if err := c.Err(); err != nil {
			t.Errorf("error %v, want nil", err)
		}
	})
	t.Run("lists every problem in the order found", func(t *testing.T) {
		var tiers, c invalid.Collector
		tiers.Add("tiers/0/name", "it must not be empty")
		c.Check(false, "title", "it has at most %d characters", 200)
		c.Include(fmt.Errorf("plan: %w", tiers.Err()))
		c.Add("rows", "at least one row is needed")

		var got *invalid.Error
		if !errors.As(c.Err(), &got) {
			t.Fatalf("got %v", c.Err())
		}
		want := []invalid.Problem{
			{Field: "title", Detail: "it has at most 200 characters"},
			{Field: "tiers/0/name", Detail: "it must not be empty"},
			{Field: "rows", Detail: "at least one row is needed"},
		}
		if diff := cmp.Diff(want, got.Problems); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		text := "invalid: title: it has at most 200 characters; tiers/0/name: it must not be empty; rows: at least one row is needed"
		if got.Error() != text {
			t.Errorf("reads %q", got)
		}
	})
}
