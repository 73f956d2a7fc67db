package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/testkit"
)

// TestAnOperatorEndsPaymentsWithoutAnOutcome makes two charges whose answers are lost and
// that cannot be looked up. The operator confirms one booking and refunds the other.
func TestAnOperatorEndsPaymentsWithoutAnOutcome(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		gateway := simulateUnreadableLookups(t)
		charge := func(id string) string {
			entries, err := payments.ReadLedger(gateway.ledger)
			testkit.Must(t, err)
			status := ""
			for _, e := range entries {
				if e.Reference == id {
					status = e.Status
				}
			}
			return status
		}
		box := open(t, paymentsAt(gateway.url), "PORTICO_PAY_WITHIN=5s", "PORTICO_HOLD_FOR=10s")
		show := box.organiser().openedShow(newShow())
		ada, bob := box.customer("ada@example.com"), box.customer("bob@example.com")
		first := ada.hold(show.ID, "A-1")
		ada.pay(first.ID, "tok_timeout")
		second := ada.hold(show.ID, "A-2")
		ada.pay(second.ID, "tok_timeout")

		var listed []string
		harness.Eventually(t, time.Minute, "two overdue payments", func() bool {
			listed = strings.Split(strings.TrimSpace(box.Run("payments", "list")), "\n")
			return len(listed) == 2
		})
		for i, b := range []client.Booking{first, second} {
			fields := strings.Split(listed[i], "\t")
			if len(fields) != 6 {
				t.Fatalf("payment %q has %d fields, want 6", listed[i], len(fields))
			}
			testkit.WantEqual(t, "payment", fields[:5], []string{b.ID, show.ID, "ada@example.com", "45.00 EUR", "1"})
		}
		harness.Eventually(t, time.Minute, "both charges", func() bool {
			return charge(first.ID) == "charged" && charge(second.ID) == "charged"
		})

		var shown struct {
			Status  string
			Gateway struct{ ChargeKey, Error string }
		}
		testkit.Must(t, json.Unmarshal([]byte(box.Run("payments", "show", first.ID)), &shown))
		if shown.Status != "paying" || shown.Gateway.ChargeKey != first.ID+"-1" || shown.Gateway.Error == "" {
			t.Errorf("the payment is shown as %+v, want it paying, with its charge key and the error of the lookup", shown)
		}

		box.Run("payments", "confirm", first.ID, "--operator", "olga", "--reason", "seen\tat the gateway")
		ada.becomes(first.ID, client.BookingStatusConfirmed)
		ada.tickets(first.ID)

		box.Run("payments", "refund", second.ID, "--operator", "otto", "--reason", "not found")
		ada.becomes(second.ID, client.BookingStatusExpired)
		harness.Eventually(t, time.Minute, "the refund", func() bool { return charge(second.ID) == "refunded" })
		bob.hold(show.ID, "A-2")
		testkit.WantEqual(t, "charge of the confirmed booking", charge(first.ID), "charged")

		testkit.WantEqual(t, "overdue payments", box.Run("payments", "list"), "")
		var records [][]string
		for line := range strings.Lines(box.Run("audit", "list")) {
			records = append(records, strings.Split(strings.TrimSpace(line), "\t")[1:])
		}
		testkit.WantEqual(t, "audit log without times", records, [][]string{
			{"olga", "ConfirmPayment", first.ID, "attempt 1", "seen at the gateway"},
			{"otto", "GiveUpPayment", second.ID, "attempt 1", "not found"},
		})
	})
}

// TestTheBuiltInGatewayNeedsItsKey sends a request such as a web page could send.
func TestTheBuiltInGatewayNeedsItsKey(t *testing.T) {
	box := openEmbedded(t, paymentsAt(""))
	content, err := os.ReadFile(filepath.Join(box.DataDir, "paysim.url"))
	testkit.Must(t, err)
	gateway, err := url.Parse(string(content))
	testkit.Must(t, err)
	gateway.User = nil
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gateway.JoinPath("charges").String(),
		strings.NewReader(`{"reference": "forged", "amount": 1, "currency": "EUR", "token": "tok_ok"}`))
	testkit.Must(t, err)
	request.Header.Set("Idempotency-Key", "forged-1")
	response, err := http.DefaultClient.Do(request)
	testkit.Must(t, err)
	defer response.Body.Close()
	testkit.WantEqual(t, "status", response.StatusCode, http.StatusUnauthorized)
	if count, sum := box.charges("forged"); count > 0 {
		t.Errorf("%d charges of %d, want none", count, sum)
	}
}

// TestAnOperatorSeesTheBuiltInGateway shows a payment while the service runs with its
// built-in payment simulator, which requires signed requests.
func TestAnOperatorSeesTheBuiltInGateway(t *testing.T) {
	box := openEmbedded(t, paymentsAt(""), "PORTICO_PAYMENTS_SIGNING_KEY="+strings.Repeat("k", 32))
	show := box.organiser().openedShow(newShow())
	b := box.customer("ada@example.com").bought(show.ID, "A-1")
	if shown := box.Run("payments", "show", b.ID); !strings.Contains(shown, `"outcome": "charged"`) {
		t.Errorf("the payment is shown as %s, want the outcome charged", shown)
	}
}
