package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/portico/tests/integration/servers"
)

func TestParsePgbench(t *testing.T) {
	got, err := parsePgbench("number of transactions actually processed: 30000\ntps = 10000.0 (without initial connection time)\n")
	if err != nil || got.count != 30000 || got.rate() != 10000 {
		t.Errorf("got %+v, %v; want 30000 at 10000/s", got, err)
	}
	if _, err := parsePgbench("connection refused"); err == nil {
		t.Error("no error for an output without a result, want one")
	}
}

func TestCaptureHold(t *testing.T) {
	t.Parallel()
	database := servers.Postgres(t)
	if err := migrate(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	captured, err := captureHold(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"INSERT INTO claims", "INSERT INTO bookings", "INSERT INTO outbox"} {
		if !strings.Contains(captured.sql, want) {
			t.Errorf("the statement lacks %s:\n%s", want, captured.sql)
		}
	}
	has := func(value string) bool {
		return slices.ContainsFunc(captured.args, func(arg *string) bool { return arg != nil && *arg == value })
	}
	if !has(capturedBooking) || !has(capturedKey) || !has(capturedShow) {
		t.Errorf("the statement has %d values, want %s, %s and %s among them", len(captured.args), capturedBooking, capturedKey, capturedShow)
	}
	script, constants := captured.script()
	if !strings.Contains(script, ":id") || strings.Contains(script, capturedBooking) || len(constants) == 0 {
		t.Errorf("the script is\n%s\nwant :id instead of %s, and constants", script, capturedBooking)
	}
}
