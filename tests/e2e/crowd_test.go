package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

const (
	crowdedRows = 10
	// rowSeats is small enough that customers compete for seats, and large enough that
	// the show does not sell out too soon.
	rowSeats = 100
)

// house returns the description of a show for a crowd. The crowd books no seats in the
// last row.
func house() map[string]any {
	var rows []any
	for i := range crowdedRows + 1 {
		rows = append(rows, map[string]any{"name": string(rune('A' + i)), "seats": rowSeats, "tier": []string{"stalls", "gallery"}[i%2]})
	}
	return with(newShow(), "rows", rows)
}

// crowd is a group of customers who book, pay and cancel until stop is called.
type crowd struct {
	logs        []*bookingLog
	buying      sync.WaitGroup
	stopped     atomic.Bool
	held        atomic.Int32 // bookings
	shown       atomic.Int32 // tickets that were shown at the door
	unavailable atomic.Int32 // 503 answers
	last503     atomic.Value // describes the last 503 answer
	door        *caller
}

// startCrowd starts a goroutine for each customer of a show.
func (b *boxOffice) startCrowd(showID string, customers int, seed uint64) *crowd {
	b.T.Helper()
	c := &crowd{door: b.door()}
	for i := range customers {
		d := c.join(b, showID, fmt.Sprintf("customer-%d@example.com", i), rand.New(rand.NewPCG(seed, uint64(i+1))))
		c.buying.Go(d.run)
	}
	return c
}

func (c *crowd) join(b *boxOffice, showID, subject string, dice *rand.Rand) *bookingLog {
	b.T.Helper()
	d := &bookingLog{caller: b.customer(subject), crowd: c, show: showID, dice: dice, bookings: map[string]*entry{}}
	c.logs = append(c.logs, d)
	return d
}

// stop stops the customers and counts their bookings, payments and cancellations.
func (c *crowd) stop() (made, paid, cancelled int) {
	c.stopped.Store(true)
	c.buying.Wait()
	for _, d := range c.logs {
		for _, e := range d.bookings {
			made++
			paid += e.payments
			if e.cancelled {
				cancelled++
			}
		}
	}
	return made, paid, cancelled
}

// bookingLog acts as one customer and records what the server acknowledged.
type bookingLog struct {
	*caller
	crowd    *crowd
	show     string
	dice     *rand.Rand
	bookings map[string]*entry // by id
}

// tokens has only one tok_flaky: more would keep the circuit breaker open for a long
// time.
var tokens = []string{"tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_flaky", "tok_declined", "tok_slow"}

// entry records what the server acknowledged for one booking.
type entry struct {
	seats     []string
	payments  int
	cancelled bool
}

// run books, pays and cancels until the crowd is stopped.
func (d *bookingLog) run() {
	for !d.crowd.stopped.Load() {
		time.Sleep(time.Duration(d.dice.IntN(50)) * time.Millisecond) // time to think
		var seats []string
		row, first := string(rune('A'+d.dice.IntN(crowdedRows))), 1+d.dice.IntN(rowSeats-2)
		for n := range 1 + d.dice.IntN(3) {
			seats = append(seats, fmt.Sprintf("%s-%d", row, first+n))
		}
		b, e := d.book(seats...)
		if e == nil {
			continue
		}
		switch d.dice.IntN(10) {
		case 0: // let it expire
		case 1:
			d.cancel(b.ID, e)
		default:
			d.payAndSometimesCancel(b.ID, e, tokens[d.dice.IntN(len(tokens))])
		}
	}
}

// book holds seats. It returns a nil entry if the server refuses the hold.
func (d *bookingLog) book(seats ...string) (client.Booking, *entry) {
	a := d.retryUntilAvailable("POST", "/api/v1/bookings", map[string]any{"showId": d.show, "seats": seats}, "Idempotency-Key", uuid.NewString())
	if a.Status == http.StatusConflict {
		return client.Booking{}, nil
	}
	b := harness.Decode[client.Booking](a.Want(http.StatusCreated))
	e := &entry{seats: b.Seats}
	d.bookings[b.ID] = e
	d.crowd.held.Add(1)
	return b, e
}

func (d *bookingLog) payAndSometimesCancel(id string, e *entry, token string) {
	a := d.retryUntilAvailable("POST", "/api/v1/bookings/"+id+"/payment", map[string]any{"paymentToken": token})
	if a.Status == http.StatusConflict { // the hold has ended, or an earlier try succeeded
		return
	}
	a.Want(http.StatusAccepted)
	e.payments++
	for range 40 { // wait about two seconds at most: kills can delay a payment for longer
		switch harness.Decode[client.Booking](d.retryUntilAvailable("GET", "/api/v1/bookings/"+id, nil).Want(200)).Status {
		case client.BookingStatusPaying:
			time.Sleep(50 * time.Millisecond)
		case client.BookingStatusConfirmed:
			switch d.dice.IntN(4) {
			case 0:
				d.admit(id)
			case 1, 2:
				d.cancel(id, e)
			}
			return
		default:
			return
		}
	}
}

// admit shows one ticket at the door twice, concurrently.
func (d *bookingLog) admit(id string) {
	var tickets []client.Ticket
	for range 40 {
		tickets = harness.Decode[client.Tickets](d.retryUntilAvailable("GET", "/api/v1/bookings/"+id+"/tickets", nil).Want(http.StatusOK)).Items
		if len(tickets) > 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(tickets) == 0 {
		return
	}
	door := *d
	door.caller = d.crowd.door
	var admitted atomic.Int32
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if door.retryUntilAvailable("POST", "/api/v1/admissions", map[string]any{"code": tickets[0].Code}).Status == http.StatusOK {
				admitted.Add(1)
			}
		})
	}
	both.Wait()
	if admitted.Load() > 1 {
		d.box.T.Errorf("a ticket of booking %s was admitted %d times, want once", id, admitted.Load())
	}
	d.crowd.shown.Add(1)
}

func (d *bookingLog) cancel(id string, e *entry) {
	a := d.retryUntilAvailable("POST", "/api/v1/bookings/"+id+"/cancel", nil)
	if a.Status == http.StatusConflict { // it expired meanwhile
		return
	}
	a.Want(http.StatusOK)
	e.cancelled = true
}

// retryUntilAvailable retries a request after errors and 503 answers.
func (d *bookingLog) retryUntilAvailable(method, path string, body any, headers ...string) *harness.Answer {
	for {
		start := time.Now()
		a, err := d.Try(method, path, body, headers...)
		if err == nil && a.Status != http.StatusServiceUnavailable {
			return a
		}
		if err == nil {
			d.crowd.unavailable.Add(1)
			d.crowd.last503.Store(fmt.Sprintf("%s after %s: %s", a.Request, time.Since(start), a.Body))
		}
		if d.box.T.Context().Err() != nil {
			d.box.T.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
