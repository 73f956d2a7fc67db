package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/money"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

var _ outbound.PaymentGateway = (*Client)(nil)

// Client is the gateway at a URL.
type Client struct {
	base   *url.URL
	caller *caller
}

// NewClient does not call the gateway yet. User and password in the URL are
// sent as basic authentication.
func NewClient(baseURL string, config Config) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("payment gateway: the address is not an http or https URL")
	}
	config = config.withDefaults()
	if config.CallTimeout < config.TryTimeout {
		return nil, fmt.Errorf("payment gateway: a try may take %s, and a whole call only %s", config.TryTimeout, config.CallTimeout)
	}
	return &Client{base: base, caller: newCaller(config)}, nil
}

// Charge implements outbound.PaymentGateway. It also fails, without
// ErrUnavailable, when the gateway refuses the request as such.
func (c *Client) Charge(ctx context.Context, r outbound.ChargeRequest) (outbound.ChargeOutcome, error) {
	var outcome outbound.ChargeOutcome
	err := c.caller.call(ctx, request{
		method: http.MethodPost,
		url:    c.base.JoinPath("charges"),
		key:    string(r.Key),
		body: chargeRequest{
			Reference: string(r.Booking),
			Amount:    r.Amount.Amount(),
			Currency:  r.Amount.Currency().String(),
			Token:     r.Token,
		},
		read: func(body []byte) (err error) {
			outcome, err = readOutcome(body)
			return err
		},
	})
	if err != nil {
		return outbound.ChargeOutcome{}, fmt.Errorf("payment gateway: charge %s: %w", r.Key, err)
	}
	return outcome, nil
}

// Refund implements outbound.PaymentGateway.
func (c *Client) Refund(ctx context.Context, key booking.ChargeKey) error {
	err := c.caller.call(ctx, request{
		method: http.MethodPost,
		url:    c.base.JoinPath("charges", url.PathEscape(string(key)), "refund"),
		read: func(body []byte) error {
			outcome, err := readOutcome(body)
			if err == nil && outcome.Status != outbound.Refunded {
				return fmt.Errorf("the charge is %s after a refund", outcome.Status)
			}
			return err
		},
	})
	if bad, ok := errors.AsType[*badStatus](err); ok && bad.status == http.StatusNotFound {
		err = ports.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("payment gateway: refund %s: %w", key, err)
	}
	return nil
}

// Lookup implements outbound.PaymentGateway.
func (c *Client) Lookup(ctx context.Context, id booking.ID) ([]outbound.ChargeOutcome, error) {
	list := c.base.JoinPath("charges")
	list.RawQuery = url.Values{"reference": {string(id)}}.Encode()
	var outcomes []outbound.ChargeOutcome
	err := c.caller.call(ctx, request{
		method: http.MethodGet,
		url:    list,
		read: func(body []byte) (err error) {
			outcomes, err = readOutcomes(body)
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("payment gateway: look up booking %s: %w", id, err)
	}
	return outcomes, nil
}

// State is that of the circuit breaker: "closed" while all is well, "open", or
// "half-open".
func (c *Client) State() string { return c.caller.breaker.State().String() }

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
	if list.Items == nil { // "nothing was charged" is to be said, never guessed
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

// outcome repeats nothing of the charge in its errors: the gateway might have
// put there what it was sent.
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
