package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/portico/api"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/fuzz"
)

var (
	requestsFlag = flag.Int("requests", 20_000, "the number of requests that TestRandomRequestsKeepTheContract sends; a tenth with -short")
	seedFlag     = flag.Uint64("seed", 0, "the seed of TestRandomRequestsKeepTheContract; 0 means a random seed")
)

// maxResponseBytes has the maximum sizes of responses that may exceed 64 KiB.
var maxResponseBytes = map[string]int{
	"getSeatMap":      8 << 20,   // 20,000 seats
	"getShow":         512 << 10, // 500 rows and 20 tiers
	"createShow":      512 << 10, // the same show
	"openShow":        512 << 10,
	"cancelShow":      512 << 10,
	"listShows":       512 << 10, // 100 titles and venues of 200 characters
	"downloadTickets": 1 << 20,   // ten pages
}

// TestRandomRequestsKeepTheContract sends random requests, many of which are invalid. Each
// response must conform to the OpenAPI document. Afterwards, the program must keep its
// promises about seats and charges, and must not have leaked goroutines, files or memory.
func TestRandomRequestsKeepTheContract(t *testing.T) {
	t.Parallel()
	seed := *seedFlag
	if seed == 0 {
		seed = harness.Seed(t)
	}
	t.Logf("seed %d", seed)
	count := *requestsFlag
	if testing.Short() {
		count /= 10
	}

	t.Run("without rate limits", func(t *testing.T) {
		box := openReleased(t, "PORTICO_RATE_PER_ACTOR=off", "PORTICO_RATE_PER_ADDRESS=off", "PORTICO_HOLD_FOR=3s")
		fuzzer := newFuzzer(t, box.fuzzing(seed))
		warmUp := count / 4
		send(t, fuzzer, warmUp)
		before, lines := box.resources(), len(box.Output.Lines())
		send(t, fuzzer, count-warmUp)
		t.Logf("responses:\n%s", fuzzer.Tally())
		if missing := fuzzer.Unsuccessful(); len(missing) > 0 && count >= 20_000 {
			t.Errorf("no request called %v successfully", missing)
		}
		box.releases(before)
		box.logsNoError(lines)
		box.soldEverySeatOnce()
	})
	t.Run("with rate limits", func(t *testing.T) {
		box := openReleased(t, "PORTICO_RATE_PER_ACTOR=1/s", "PORTICO_RATE_PER_ADDRESS=100/s")
		config := box.fuzzing(seed)
		config.Limited = true
		fuzzer := newFuzzer(t, config)
		send(t, fuzzer, count/20)
		lines := len(box.Output.Lines())
		send(t, fuzzer, count/20)
		if !strings.Contains(fuzzer.Tally(), "×429") {
			t.Errorf("no request exceeded the rate limit:\n%s", fuzzer.Tally())
		}
		box.logsNoError(lines)
	})
}

func newFuzzer(t *testing.T, config fuzz.Config) *fuzz.Fuzzer {
	t.Helper()
	fuzzer, err := fuzz.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return fuzzer
}

func send(t *testing.T, fuzzer *fuzz.Fuzzer, count int) {
	t.Helper()
	failures := fuzzer.Run(count)
	for _, failure := range failures {
		t.Error(failure)
	}
	if len(failures) > 0 {
		t.FailNow()
	}
}

// fuzzing returns the fuzzer's configuration for the box office. Without its Values, few
// requests would succeed.
func (b *boxOffice) fuzzing(seed uint64) fuzz.Config {
	b.T.Helper()
	var callers []fuzz.Caller
	for _, c := range []struct{ role, subject, organisation string }{
		{"customer", "ada@example.com", ""}, {"customer", "bob@example.com", ""},
		{"organiser", "olga", "globe"}, {"organiser", "oscar", "odeon"}, {"organiser", "otto", ""},
		{"door", "dora", "globe"}, {"door", "dan", "odeon"},
	} {
		callers = append(callers, fuzz.Caller{Token: b.Token(b.T, c.role, c.subject, c.organisation), Roles: []string{c.role}})
	}
	callers = append(callers, fuzz.Caller{})
	tiers := fuzz.OneOf("stalls", "stalls", "gallery")
	return fuzz.Config{
		Document: api.OpenAPI, BasePath: program.BasePath, Address: strings.TrimPrefix(b.URL, "http://"), Seed: seed,
		Pages:    []string{"/docs", "/problems", "/api/v1/openapi.yaml"},
		Callers:  callers,
		MaxBytes: maxResponseBytes,
		Seldom:   []string{"cancelBooking", "cancelShow"},
		// The PDF may not be printed yet.
		MayBeUnavailable: []string{"downloadTickets"},
		Values: map[string]fuzz.Source{
			"/api/v1/shows/{id}":    fuzz.FromResponses("ShowSummary.id"),
			"/api/v1/bookings/{id}": fuzz.FromResponses("Booking.id"),
			"showId":                fuzz.FromResponses("ShowSummary.id"),
			"cursor":                fuzz.FromResponses("ShowPage.nextCursor", "BookingPage.nextCursor"),
			"If-None-Match":         fuzz.FromResponses("ETag"),
			"q":                     fuzz.OneOf("", "tempest", "%", "_"),

			"NewShow.title":    fuzz.OneOf("The Tempest", "As You Like It", "<b>Hamlet</b> =?utf-8?q?=0a?="),
			"NewShow.startsAt": soon,
			"NewShow.currency": fuzz.OneOf("EUR", "EUR", "JPY", "KWD", "XXX"),
			"NewShow.timeZone": fuzz.OneOf("", "UTC", "Europe/London", "America/St_Johns", "Local", "../etc/passwd"),
			"NewShow.tiers":    sometimes(newShow()["tiers"]),
			"NewShow.rows":     sometimes(newShow()["rows"]),
			"NewTier.name":     tiers,
			"Row.tier":         tiers,
			"Row.name":         fuzz.OneOf("A", "B", "C", "D"),

			"NewBooking.showId":           fuzz.FromResponses("ShowSummary.id"),
			"NewBooking.seats":            someSeats,
			"PaymentRequest.paymentToken": fuzz.OneOf("tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_slow", "unknown"),
			"AdmissionRequest.code":       fuzz.FromResponses("Ticket.code"),
		},
	}
}

// soon returns a time in the future, which may pass during the test.
func soon(dice *rand.Rand, _ *fuzz.Seen) any {
	ahead := time.Hour
	if dice.IntN(10) == 0 {
		ahead = 4 * time.Second
	}
	return time.Now().Add(ahead).UTC().Format(time.RFC3339)
}

// sometimes returns a source that returns value in two of three cases. In the third, the
// fuzzer makes a value from the schema.
func sometimes(value any) fuzz.Source {
	return func(dice *rand.Rand, _ *fuzz.Seen) any {
		if dice.IntN(3) == 0 {
			return nil
		}
		return value
	}
}

// someSeats returns the labels of one to three seats that most shows have.
func someSeats(dice *rand.Rand, _ *fuzz.Seen) any {
	var seats []any
	for range 1 + dice.IntN(3) {
		seats = append(seats, fmt.Sprintf("%c-%d", "AB"[dice.IntN(2)], 1+dice.IntN(8)))
	}
	return seats
}

// resources are the resources that the program uses. Memory is in bytes.
type resources struct{ goroutines, files, memory float64 }

func (b *boxOffice) resources() resources {
	b.T.Helper()
	return resources{b.Metric("go_goroutines"), b.Metric("process_open_fds"), b.Metric("process_resident_memory_bytes")}
}

// tolerated has the resources that the program may use in addition to those after the
// warm-up. They are for requests and events in flight, and for caches, whose size is
// limited.
var tolerated = resources{goroutines: 20, files: 10, memory: 200 << 20}

// releases waits until the program uses no more resources than before, within the
// tolerance.
func (b *boxOffice) releases(before resources) {
	b.T.Helper()
	var after resources
	defer func() { b.T.Logf("resources after the warm-up %+v, at the end %+v", before, after) }()
	harness.Eventually(b.T, time.Minute, "the program releases goroutines, files and memory", func() bool {
		after = b.resources()
		return after.goroutines <= before.goroutines+tolerated.goroutines &&
			after.files <= before.files+tolerated.files && after.memory <= before.memory+tolerated.memory
	})
}

// logsNoError checks that the log has no error, and that each line after the given one is
// JSON. Before that line, the program prints an introduction in plain text.
func (b *boxOffice) logsNoError(after int) {
	b.T.Helper()
	for i, line := range b.Output.Lines() {
		var entry struct{ Level string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil && i > after {
			b.T.Errorf("the log has the line %.500q: %v", line, err)
		}
		if entry.Level == "error" {
			b.T.Errorf("the program logged the error %.2000s", line)
		}
	}
}

// soldEverySeatOnce waits until all bookings are settled, and checks them and the ledger
// against the README's promises.
func (b *boxOffice) soldEverySeatOnce() {
	b.T.Helper()
	checked := 0
	for _, organisation := range []string{"globe", "odeon"} {
		organiser := b.as("organiser", "olga", organisation)
		for _, show := range organiser.ownShows(organisation) {
			if len(organiser.bookings(show.ID)) == 0 {
				continue
			}
			organiser.settles(show.ID)
			checked += len(organiser.sellsEachSeatOnce(show.ID))
		}
	}
	b.T.Logf("checked %d bookings", checked)
	b.chargedOnceAKey()
	b.hasNoDeadLetters()
}

// ownShows returns the shows of the organiser's organisation.
func (c *caller) ownShows(organisation string) []client.ShowSummary {
	c.App.T.Helper()
	var own []client.ShowSummary
	for path := "/api/v1/shows?limit=100"; ; {
		page := harness.Decode[client.ShowPage](c.Call("GET", path, nil).Want(200))
		for _, show := range page.Items {
			if show.Organisation == organisation {
				own = append(own, show)
			}
		}
		if page.NextCursor == nil {
			return own
		}
		path = "/api/v1/shows?limit=100&cursor=" + *page.NextCursor
	}
}
