// Package payments provides a client and a simulator of a payment gateway.
//
// The gateway's API uses JSON over HTTP:
//
//	POST /charges               a request, with its key in Idempotency-Key → 201 Charge,
//	                            a retry → 200, a different request with that key → 422
//	POST /charges/{key}/refund  → 200 Charge; if no money was taken with that key → 404
//	GET  /charges?key=K         → 200 {"items": [Charge]}, or {"items": []} if no request
//	                            had that key
//
// A declined payment results in a Charge with the status "declined". Every request can
// safely be retried. If the gateway's URL has a user and a password, requests have them as
// basic authentication. Requests may be signed, as [Sign] describes.
package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"example.com/portico/adapters/internal/httpclient"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

const (
	statusCharged  = "charged"
	statusDeclined = "declined"
	statusRefunded = "refunded"
)

// Charge is the outcome of one attempt to take money.
type Charge struct {
	Key       string `json:"key"`
	Reference string `json:"reference"`
	// Amount is in minor units of Currency, an ISO 4217 code.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// Status is "charged", "declined" or "refunded".
	Status string `json:"status"`
	// Reason says why the charge was declined.
	Reason string `json:"reason,omitempty"`
}

type chargeRequest struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Token     string `json:"token"`
}

type chargeList struct {
	Items []Charge `json:"items"`
}

var _ outbound.PaymentGateway = (*Client)(nil)

// Config sets the timeouts, the back-off and the circuit breaker of a Client.
type Config = httpclient.Config

// Client calls a payment gateway. Lookups have a circuit breaker of their own, so that
// failing lookups do not stop charges.
type Client struct {
	base    *url.URL
	charges *httpclient.Client // and refunds
	lookups *httpclient.Client
}

// NewClient does not call the gateway yet. The client sends the user and password of
// baseURL as basic authentication.
func NewClient(baseURL string, config Config) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("payment gateway: the address is not an http or https URL")
	}
	charges, err := httpclient.New(config)
	if err != nil {
		return nil, fmt.Errorf("payment gateway: %w", err)
	}
	lookups, err := httpclient.New(config)
	if err != nil {
		return nil, fmt.Errorf("payment gateway: %w", err)
	}
	return &Client{base: base, charges: charges, lookups: lookups}, nil
}

// Charge returns an error other than ErrUnavailable if the gateway rejects the request.
func (c *Client) Charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	var outcome outbound.ChargeOutcome
	err := c.charges.Call(ctx, httpclient.Request{
		Method:         http.MethodPost,
		URL:            c.base.JoinPath("charges"),
		IdempotencyKey: string(r.Key),
		Body: chargeRequest{
			Reference: string(r.Booking),
			Amount:    r.Amount.Amount(),
			Currency:  r.Amount.Currency().String(),
			Token:     r.Token,
		},
		Read: func(body []byte) (err error) {
			outcome, err = readOutcome(body)
			return err
		},
	})
	if err != nil {
		return outbound.ChargeOutcome{}, fmt.Errorf("payment gateway: charge %s: %w", r.Key, err)
	}
	return outcome, nil
}

func (c *Client) Refund(ctx context.Context, key booking.ChargeKey) error {
	err := c.charges.Call(ctx, httpclient.Request{
		Method: http.MethodPost,
		URL:    c.base.JoinPath("charges", url.PathEscape(string(key)), "refund"),
		Read: func(body []byte) error {
			outcome, err := readOutcome(body)
			if err == nil && outcome.Status != outbound.Refunded {
				return fmt.Errorf("the charge is %s after a refund", outcome.Status)
			}
			return err
		},
	})
	if refusal, ok := errors.AsType[*httpclient.StatusError](err); ok && refusal.Status == http.StatusNotFound {
		err = ports.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("payment gateway: refund %s: %w", key, err)
	}
	return nil
}

func (c *Client) Lookup(ctx context.Context, key booking.ChargeKey) (outbound.ChargeOutcome, error) {
	list := c.base.JoinPath("charges")
	list.RawQuery = url.Values{"key": {string(key)}}.Encode()
	var found []outbound.ChargeOutcome
	err := c.lookups.Call(ctx, httpclient.Request{
		Method: http.MethodGet,
		URL:    list,
		Read: func(body []byte) (err error) {
			found, err = readOutcomes(body, key)
			return err
		},
	})
	if err == nil && len(found) == 0 {
		err = ports.ErrNotFound
	}
	if err != nil {
		return outbound.ChargeOutcome{}, fmt.Errorf("payment gateway: look up charge %s: %w", key, err)
	}
	return found[0], nil
}

// ChargesBreaker and LookupsBreaker return the states of the circuit breakers: "closed" in
// normal operation, "open" or "half-open".
func (c *Client) ChargesBreaker() string { return c.charges.State() }
func (c *Client) LookupsBreaker() string { return c.lookups.State() }

func readOutcome(body []byte) (outbound.ChargeOutcome, error) {
	var charge Charge
	if err := json.Unmarshal(body, &charge); err != nil {
		return outbound.ChargeOutcome{}, fmt.Errorf("the answer is not a charge: %w", err)
	}
	return charge.outcome()
}

// readOutcomes reads a list of charges. It returns an error if the list has more than one
// charge, or one with another key.
func readOutcomes(body []byte, key booking.ChargeKey) ([]outbound.ChargeOutcome, error) {
	var list chargeList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("the answer is not a list of charges: %w", err)
	}
	if list.Items == nil { // only an explicit empty list means that nothing was charged
		return nil, errors.New("the answer is not a list of charges")
	}
	outcomes := make([]outbound.ChargeOutcome, len(list.Items))
	for i, charge := range list.Items {
		var err error
		if outcomes[i], err = charge.outcome(); err != nil {
			return nil, err
		}
	}
	if len(outcomes) > 1 || len(outcomes) == 1 && outcomes[0].Charge.Key != key {
		return nil, errors.New("the answer lists several charges, or one with another key")
	}
	return outcomes, nil
}

// outcome converts a charge to a ChargeOutcome. Its errors do not quote the charge,
// because a faulty gateway may repeat the payment token in it.
func (c Charge) outcome() (outbound.ChargeOutcome, error) {
	status, known := map[string]outbound.ChargeStatus{
		statusCharged:  outbound.Charged,
		statusDeclined: outbound.Declined,
		statusRefunded: outbound.Refunded,
	}[c.Status]
	if !known {
		return outbound.ChargeOutcome{}, errors.New("the answer has an unknown status")
	}
	currency, err := money.ParseCurrency(c.Currency)
	if err != nil {
		return outbound.ChargeOutcome{}, money.ErrUnknownCurrency
	}
	amount, err := money.New(c.Amount, currency)
	if err != nil {
		return outbound.ChargeOutcome{}, err
	}
	return outbound.ChargeOutcome{
		Charge: booking.Charge{Key: booking.ChargeKey(c.Key), Amount: amount},
		Status: status,
		Reason: c.Reason,
	}, nil
}
