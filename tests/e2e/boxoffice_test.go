// Package e2e tests the built program from outside: over HTTP, through its commands, and
// by killing it.
package e2e

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/adapters/eventjson/boxofficeevents"
	"example.com/portico/adapters/payments"
	"example.com/portico/adapters/postgres"
	"example.com/portico/api"
	"example.com/portico/api/client"
	"example.com/portico/migrations"
	"example.com/portico/tests/e2e/harness"
)

var program = harness.Program{
	Package:  "example.com/portico/cmd/portico",
	Contract: api.OpenAPI,
	BasePath: "/api/v1",
	Schema:   migrations.Postgres,
	Migrate:  migrate,
	Extra: func(t *testing.T, dir string) []string {
		return []string{paymentsAt(simulatePayments(t, dir))}
	},
}

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

func migrate(ctx context.Context, url string) error {
	db, err := postgres.Open(url, boxofficeevents.Codec())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.MigrateUp(ctx)
	return err
}

// ledgerFile is the payment simulator's ledger file in the data folder.
const ledgerFile = "paysim.jsonl"

// simulatePayments starts a payment gateway that outlives the program.
func simulatePayments(t *testing.T, dir string) (url string) {
	t.Helper()
	simulator, err := payments.OpenSimulator(filepath.Join(dir, ledgerFile), "key")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(simulator)
	t.Cleanup(func() {
		if err := simulator.Close(); err != nil { // ends pending requests, for which server.Close would wait
			t.Error(err)
		}
		server.Close()
	})
	return simulator.URL(server.Listener.Addr().String())
}

func paymentsAt(url string) (setting string) { return "PORTICO_PAYMENTS_URL=" + url }

// noLimits are the settings that let a customer make any number of bookings and payments.
var noLimits = []string{
	"PORTICO_HOLDS_PER_SHOW=0", "PORTICO_SEATS_PER_SHOW=0", "PORTICO_HOLDS_PER_MINUTE=0", "PORTICO_PAYMENTS_IN_PROGRESS=0",
}

// boxOffice is the program under test, with helper methods for tests.
type boxOffice struct{ *harness.App }

// opener starts the program with additional settings, each as NAME=value.
type opener func(t *testing.T, settings ...string) *boxOffice

// inEachProfile runs a test in both profiles, in parallel.
func inEachProfile(t *testing.T, test func(t *testing.T, open opener)) {
	program.InEachProfile(t, func(t *testing.T, open harness.Opener) {
		test(t, func(t *testing.T, settings ...string) *boxOffice {
			t.Helper()
			return &boxOffice{open(t, append(slices.Clone(noLimits), settings...)...)}
		})
	})
}

// openEmbedded starts the program in the embedded profile, with an empty data folder.
func openEmbedded(t *testing.T, settings ...string) *boxOffice {
	t.Helper()
	return &boxOffice{program.OpenEmbedded(t, append(slices.Clone(noLimits), settings...)...)}
}

// openReleased is like openEmbedded, but runs a build without the race detector.
func openReleased(t *testing.T, settings ...string) *boxOffice {
	t.Helper()
	dir := t.TempDir()
	box := &boxOffice{program.Prepare(t, dir, harness.Folder(dir), append(slices.Clone(noLimits), settings...)...)}
	box.UseReleaseBuild()
	box.Start()
	return box
}

// caller is a user of the box office.
type caller struct {
	*harness.Client
	box *boxOffice
}

func (b *boxOffice) withToken(token string) *caller {
	return &caller{&harness.Client{App: b.App, Token: token}, b}
}

func (b *boxOffice) as(role, subject, organisation string) *caller {
	b.T.Helper()
	return b.withToken(b.Token(b.T, role, subject, organisation))
}

func (b *boxOffice) customer(subject string) *caller {
	b.T.Helper()
	return b.as("customer", subject, "")
}

func (b *boxOffice) organiser() *caller {
	b.T.Helper()
	return b.as("organiser", "olga", "globe")
}

func (b *boxOffice) door() *caller {
	b.T.Helper()
	return b.as("door", "dora", "globe")
}

func (b *boxOffice) anonymous() *caller { return b.withToken("") }

// ledger maps a booking ID and a charge key to the last entry of the charge.
type ledger map[string]map[string]payments.Entry

// ledger reads the simulator's ledger file.
func (b *boxOffice) ledger() ledger {
	b.T.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.DataDir, ledgerFile))
	if err != nil {
		b.T.Fatal(err)
	}
	all := ledger{}
	for _, e := range entries {
		if all[e.Reference] == nil {
			all[e.Reference] = map[string]payments.Entry{}
		}
		all[e.Reference][e.Key] = e
	}
	return all
}

// charges returns the number and the sum of a booking's charges that were not refunded.
func (l ledger) charges(bookingID string) (count int, sum int64) {
	for _, c := range l[bookingID] {
		if c.Status == "charged" {
			count++
			sum += c.Amount
		}
	}
	return count, sum
}

// charges reads the ledger and returns the number and the sum of a booking's unrefunded
// charges.
func (b *boxOffice) charges(bookingID string) (count int, sum int64) {
	b.T.Helper()
	return b.ledger().charges(bookingID)
}

// newShow returns the description of a show next month, with 20 seats in two rows.
func newShow() map[string]any {
	return map[string]any{
		"title": "The Tempest", "venue": "Globe", "currency": "EUR",
		"startsAt": time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339),
		"tiers":    []any{map[string]any{"name": "stalls", "price": 4500}, map[string]any{"name": "gallery", "price": 2500}},
		"rows":     []any{map[string]any{"name": "A", "seats": 12, "tier": "stalls"}, map[string]any{"name": "B", "seats": 8, "tier": "gallery"}},
	}
}

func with(description map[string]any, field string, value any) map[string]any {
	description[field] = value
	return description
}

// openedShow creates a show and puts it on sale.
func (c *caller) openedShow(description map[string]any) client.Show {
	c.App.T.Helper()
	draft := harness.Decode[client.Show](c.Call("POST", "/api/v1/shows", description).Want(201))
	return harness.Decode[client.Show](c.Call("POST", "/api/v1/shows/"+draft.ID+"/open", nil).Want(200))
}

func (c *caller) tryHold(key, showID string, seats ...string) *harness.Answer {
	c.App.T.Helper()
	return c.Call("POST", "/api/v1/bookings", map[string]any{"showId": showID, "seats": seats}, "Idempotency-Key", key)
}

func (c *caller) hold(showID string, seats ...string) client.Booking {
	c.App.T.Helper()
	return harness.Decode[client.Booking](c.tryHold(uuid.NewString(), showID, seats...).Want(201))
}

func (c *caller) tryPay(bookingID, token string) *harness.Answer {
	c.App.T.Helper()
	return c.Call("POST", "/api/v1/bookings/"+bookingID+"/payment", map[string]any{"paymentToken": token})
}

func (c *caller) pay(bookingID, token string) client.Booking {
	c.App.T.Helper()
	return harness.Decode[client.Booking](c.tryPay(bookingID, token).Want(202))
}

func (c *caller) booking(id string) client.Booking {
	c.App.T.Helper()
	return harness.Decode[client.Booking](c.Call("GET", "/api/v1/bookings/"+id, nil).Want(200))
}

// becomes waits until the booking has the given status.
func (c *caller) becomes(id string, status client.BookingStatus) client.Booking {
	c.App.T.Helper()
	var b client.Booking
	harness.Eventually(c.App.T, 40*time.Second, fmt.Sprintf("booking %s is %s", id, status), func() bool {
		b = c.booking(id)
		return b.Status == status
	})
	return b
}

// bought holds seats, pays and waits until the booking is confirmed.
func (c *caller) bought(showID string, seats ...string) client.Booking {
	c.App.T.Helper()
	b := c.hold(showID, seats...)
	c.pay(b.ID, "tok_ok")
	return c.becomes(b.ID, client.BookingStatusConfirmed)
}

// tickets waits for the tickets of a confirmed booking and returns them.
func (c *caller) tickets(bookingID string) []client.Ticket {
	c.App.T.Helper()
	var tickets []client.Ticket
	harness.Eventually(c.App.T, 20*time.Second, "tickets of booking "+bookingID, func() bool {
		tickets = harness.Decode[client.Tickets](c.Call("GET", "/api/v1/bookings/"+bookingID+"/tickets", nil).Want(200)).Items
		return len(tickets) > 0
	})
	return tickets
}

// seats returns the status of each seat of a show.
func (c *caller) seats(showID string) map[string]client.SeatStatus {
	c.App.T.Helper()
	status := map[string]client.SeatStatus{}
	for _, s := range harness.Decode[client.SeatMap](c.Call("GET", "/api/v1/shows/"+showID+"/seats", nil).Want(200)).Seats {
		status[s.Label] = s.Status
	}
	return status
}

// seatsBecome waits until the seat map shows the status for all labels. The map may be up
// to two seconds out of date.
func (c *caller) seatsBecome(showID string, status client.SeatStatus, labels ...string) {
	c.App.T.Helper()
	harness.Eventually(c.App.T, 10*time.Second, fmt.Sprintf("seats %v are %s", labels, status), func() bool {
		seats := c.seats(showID)
		return !slices.ContainsFunc(labels, func(l string) bool { return seats[l] != status })
	})
}
