// Package payments provides a client and a simulator of a payment gateway.
//
// The gateway's API uses JSON over HTTP:
//
//	POST /charges               a request, with its key in Idempotency-Key → 201 Charge,
//	                            a retry → 200, a different request with that key → 422
//	POST /charges/{key}/refund  → 200 Charge; if no money was taken with that key → 404
//	GET  /charges?reference=R   → 200 {"items": [Charge, …]}, oldest first;
//	                            without a reference: all
//
// A declined payment results in a Charge with the status "declined". Every request can
// safely be retried.
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

// Client calls a payment gateway.
type Client struct {
	base *url.URL
	http *httpclient.Client
}

// NewClient does not call the gateway yet. The client sends the user and password of
// baseURL as basic authentication.
func NewClient(baseURL string, config Config) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("payment gateway: the address is not an http or https URL")
	}
	client, err := httpclient.New(config)
	if err != nil {
		return nil, fmt.Errorf("payment gateway: %w", err)
	}
	return &Client{base: base, http: client}, nil
}

// Charge returns an error other than ErrUnavailable if the gateway rejects the request.
func (c *Client) Charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	var outcome outbound.ChargeOutcome
	err := c.http.Call(ctx, httpclient.Request{
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
	err := c.http.Call(ctx, httpclient.Request{
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

func (c *Client) Lookup(ctx context.Context, id booking.ID) ([]outbound.ChargeOutcome, error) {
	list := c.base.JoinPath("charges")
	list.RawQuery = url.Values{"reference": {string(id)}}.Encode()
	var outcomes []outbound.ChargeOutcome
	err := c.http.Call(ctx, httpclient.Request{
		Method: http.MethodGet,
		URL:    list,
		Read: func(body []byte) (err error) {
			outcomes, err = readOutcomes(body)
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("payment gateway: look up booking %s: %w", id, err)
	}
	return outcomes, nil
}

// State returns the state of the circuit breaker: "closed" in normal operation, "open" or
// "half-open".
func (c *Client) State() string { return c.http.State() }

func readOutcome(body []byte) (outbound.ChargeOutcome, error) {
	var charge Charge
	if err := json.Unmarshal(body, &charge); err != nil {
		return outbound.ChargeOutcome{}, fmt.Errorf("the answer is not a charge: %w", err)
	}
	return charge.outcome()
}

func readOutcomes(body []byte) ([]outbound.ChargeOutcome, error) {
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
