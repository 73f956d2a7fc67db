package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"

	"example.com/portico/api"
	"example.com/portico/api/client"
)

// caller sends requests with one token, or with none. Every answer is checked
// against the contract.
type caller struct {
	box   *boxOffice
	token string
}

// answer is a response, read whole.
type answer struct {
	t       *testing.T
	request string
	Status  int
	Header  http.Header
	Body    []byte
}

var httpClient = &http.Client{
	Timeout:   30 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 128},
}

// call sends a request. The body is sent as it is when it is a string, and as
// JSON otherwise; headers come in pairs.
func (c *caller) call(method, path string, body any, headers ...string) *answer {
	c.box.t.Helper()
	a, err := c.try(method, path, body, headers...)
	if err != nil {
		c.box.t.Fatal(err)
	}
	return a
}

// try is call for a server that may be killed meanwhile.
func (c *caller) try(method, path string, body any, headers ...string) (*answer, error) {
	c.box.t.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.box.t.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.box.t.Context(), method, c.box.root()+path, content)
	if err != nil {
		c.box.t.Fatal(err)
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := httpClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{t: c.box.t, request: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: text}
	a.checkContract(r)
	return a, nil
}

// want fails the test unless the answer has the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.request, a.Status, status, a.Body)
	}
	return a
}

// problem fails the test unless the answer is that problem, and returns it.
func (a *answer) problem(status int, slug string) client.Problem {
	a.t.Helper()
	a.want(status)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Fatalf("%s: content type %q", a.request, got)
	}
	p := into[client.Problem](a)
	if p.Type != "/problems/"+slug || p.Status != status {
		a.t.Fatalf("%s: problem %q of status %d, want /problems/%s of %d", a.request, p.Type, p.Status, slug, status)
	}
	return p
}

func into[T any](a *answer) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		a.t.Fatalf("%s: %v in %q", a.request, err, a.Body)
	}
	return v
}

var contract = func() routers.Router {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		panic(err)
	}
	doc.Servers = openapi3.Servers{{URL: "/api/v1"}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return router
}()

// checkContract fails the test when the contract does not foresee the answer.
func (a *answer) checkContract(r *http.Request) {
	a.t.Helper()
	r = r.Clone(context.Background())
	r.URL.Host, r.URL.Scheme, r.Host = "", "", ""
	route, params, err := contract.FindRoute(r)
	if errors.Is(err, routers.ErrPathNotFound) || errors.Is(err, routers.ErrMethodNotAllowed) {
		return // pages and slips are not of the contract
	}
	if err != nil {
		a.t.Fatalf("%s: %v", a.request, err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.Status,
		Header:                 a.Header,
		Body:                   io.NopCloser(bytes.NewReader(a.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		a.t.Fatalf("%s: the answer breaks the contract: %v", a.request, err)
	}
}

// The calls that most tests make.

// newShow describes a show of 20 seats in two rows, next month.
func newShow() map[string]any {
	return map[string]any{
		"title": "The Tempest", "venue": "Globe", "currency": "EUR",
		"startsAt": time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339),
		"tiers":    []any{map[string]any{"name": "stalls", "price": 4500}, map[string]any{"name": "gallery", "price": 2500}},
		"rows":     []any{map[string]any{"name": "A", "seats": 12, "tier": "stalls"}, map[string]any{"name": "B", "seats": 8, "tier": "gallery"}},
	}
}

// with changes one field of a description.
func with(description map[string]any, field string, value any) map[string]any {
	description[field] = value
	return description
}

// openedShow makes a show and puts it on sale.
func (c *caller) openedShow(description map[string]any) client.Show {
	c.box.t.Helper()
	draft := into[client.Show](c.call("POST", "/api/v1/shows", description).want(201))
	return into[client.Show](c.call("POST", "/api/v1/shows/"+draft.ID+"/open", nil).want(200))
}

func (c *caller) tryHold(key, showID string, seats ...string) *answer {
	c.box.t.Helper()
	return c.call("POST", "/api/v1/bookings", map[string]any{"showId": showID, "seats": seats}, "Idempotency-Key", key)
}

func (c *caller) hold(showID string, seats ...string) client.Booking {
	c.box.t.Helper()
	return into[client.Booking](c.tryHold(uuid.NewString(), showID, seats...).want(201))
}

func (c *caller) tryPay(bookingID, token string) *answer {
	c.box.t.Helper()
	return c.call("POST", "/api/v1/bookings/"+bookingID+"/payment", map[string]any{"paymentToken": token})
}

func (c *caller) pay(bookingID, token string) client.Booking {
	c.box.t.Helper()
	return into[client.Booking](c.tryPay(bookingID, token).want(202))
}

func (c *caller) booking(id string) client.Booking {
	c.box.t.Helper()
	return into[client.Booking](c.call("GET", "/api/v1/bookings/"+id, nil).want(200))
}

// becomes waits until a booking has a status.
func (c *caller) becomes(id string, status client.BookingStatus) client.Booking {
	c.box.t.Helper()
	var b client.Booking
	eventually(c.box.t, 40*time.Second, fmt.Sprintf("booking %s is %s", id, status), func() bool {
		b = c.booking(id)
		return b.Status == status
	})
	return b
}

// bought holds seats, pays and waits until they are confirmed.
func (c *caller) bought(showID string, seats ...string) client.Booking {
	c.box.t.Helper()
	b := c.hold(showID, seats...)
	c.pay(b.ID, "tok_ok")
	return c.becomes(b.ID, client.BookingStatusConfirmed)
}

// tickets waits for the tickets of a confirmed booking.
func (c *caller) tickets(bookingID string) []client.Ticket {
	c.box.t.Helper()
	var tickets []client.Ticket
	eventually(c.box.t, 20*time.Second, "tickets of booking "+bookingID, func() bool {
		tickets = into[client.Tickets](c.call("GET", "/api/v1/bookings/"+bookingID+"/tickets", nil).want(200)).Items
		return len(tickets) > 0
	})
	return tickets
}

// seats returns the status of each seat of a show.
func (c *caller) seats(showID string) map[string]client.SeatStatus {
	c.box.t.Helper()
	status := map[string]client.SeatStatus{}
	for _, s := range into[client.SeatMap](c.call("GET", "/api/v1/shows/"+showID+"/seats", nil).want(200)).Seats {
		status[s.Label] = s.Status
	}
	return status
}

// seatsBecome waits until a show's map has these seats like this. It may be out
// of date for two seconds.
func (c *caller) seatsBecome(showID string, status client.SeatStatus, labels ...string) {
	c.box.t.Helper()
	eventually(c.box.t, 10*time.Second, fmt.Sprintf("seats %v are %s", labels, status), func() bool {
		seats := c.seats(showID)
		return !slices.ContainsFunc(labels, func(l string) bool { return seats[l] != status })
	})
}
