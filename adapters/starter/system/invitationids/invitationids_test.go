package invitationids_test

import (
	"regexp"
	"testing"

	"example.com/portico/adapters/starter/system/invitationids"
)

func TestIDsAreUniqueVersion7UUIDs(t *testing.T) {
	v7 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	first, second := invitationids.IDs{}.Invitation(), invitationids.IDs{}.Invitation()
	if !v7.MatchString(string(first)) || first >= second {
		t.Errorf("got %q and then %q, want ascending version 7 UUIDs", first, second)
	}
}
