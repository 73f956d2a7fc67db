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
)

const (
	crowdedRows = 10
	// rowSeats is few enough for customers to want the same seats, and enough
	// for the house not to be sold out too soon.
	rowSeats = 100
)

// house describes a show for a crowd.
func house() map[string]any {
	var rows []any
	for i := range crowdedRows + 1 { // the last is for others
		rows = append(rows, map[string]any{"name": string(rune('A' + i)), "seats": rowSeats, "tier": []string{"stalls", "gallery"}[i%2]})
	}
	return with(newShow(), "rows", rows)
}

// crowd is customers who book, pay and cancel until they are sent home.
type crowd struct {
	diaries     []*diary
	buying      sync.WaitGroup
	over        atomic.Bool
	held        atomic.Int32 // bookings
	admitted    atomic.Int32 // tickets that were shown at the door
	unavailable atomic.Int32 // answers of 503
	door        *caller
}

// gather lets customers loose on a show.
func (b *boxOffice) gather(showID string, customers int, seed uint64) *crowd {
	b.t.Helper()
	c := &crowd{door: b.door()}
	for i := range customers {
		d := c.join(b, showID, fmt.Sprintf("customer-%d@example.com", i), rand.New(rand.NewPCG(seed, uint64(i+1))))
		c.buying.Go(d.keep)
	}
	return c
}

func (c *crowd) join(b *boxOffice, showID, subject string, dice *rand.Rand) *diary {
	b.t.Helper()
	d := &diary{caller: b.customer(subject), crowd: c, show: showID, dice: dice, bookings: map[string]*entry{}}
	c.diaries = append(c.diaries, d)
	return d
}

// goHome ends it, and counts what was done.
func (c *crowd) goHome() (made, paid, cancelled int) {
	c.over.Store(true)
	c.buying.Wait()
	for _, d := range c.diaries {
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

// diary is what one customer was told, and therefore counts on.
type diary struct {
	*caller
	crowd    *crowd
	show     string
	dice     *rand.Rand
	bookings map[string]*entry // by id
}

// tokens are few that are flaky: a backlog of those alone would keep the circuit
// breaker open for long.
var tokens = []string{"tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_flaky", "tok_declined", "tok_slow"}

// entry is what was acknowledged of one booking.
type entry struct {
	seats     []string
	payments  int
	cancelled bool
}

// keep books, pays and cancels until it is over.
func (d *diary) keep() {
	for !d.crowd.over.Load() {
		time.Sleep(time.Duration(d.dice.IntN(50)) * time.Millisecond) // people think
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
		case 0: // let it lapse
		case 1:
			d.cancel(b.ID, e)
		default:
			d.payAndSometimesCancel(b.ID, e, tokens[d.dice.IntN(len(tokens))])
		}
	}
}

// book holds seats. There is no entry where somebody else has one of them.
func (d *diary) book(seats ...string) (client.Booking, *entry) {
	a := d.insist("POST", "/api/v1/bookings", map[string]any{"showId": d.show, "seats": seats}, "Idempotency-Key", uuid.NewString())
	if a.Status == http.StatusConflict {
		return client.Booking{}, nil
	}
	b := into[client.Booking](a.want(http.StatusCreated))
	e := &entry{seats: b.Seats}
	d.bookings[b.ID] = e
	d.crowd.held.Add(1)
	return b, e
}

func (d *diary) payAndSometimesCancel(id string, e *entry, token string) {
	a := d.insist("POST", "/api/v1/bookings/"+id+"/payment", map[string]any{"paymentToken": token})
	if a.Status == http.StatusConflict { // it lapsed, or the answer to an earlier try was lost
		return
	}
	a.want(http.StatusAccepted)
	e.payments++
	for range 40 { // patience for two seconds: some outlive many kills
		switch into[client.Booking](d.insist("GET", "/api/v1/bookings/"+id, nil).want(200)).Status {
		case client.BookingStatusPaying:
			time.Sleep(50 * time.Millisecond)
		case client.BookingStatusConfirmed:
			switch d.dice.IntN(4) {
			case 0:
				d.comeIn(id)
			case 1, 2:
				d.cancel(id, e)
			}
			return
		default:
			return
		}
	}
}

// comeIn goes to the door with a ticket, and has a friend go there with a copy.
func (d *diary) comeIn(id string) {
	var tickets []client.Ticket
	for range 40 {
		tickets = into[client.Tickets](d.insist("GET", "/api/v1/bookings/"+id+"/tickets", nil).want(http.StatusOK)).Items
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
			if door.insist("POST", "/api/v1/admissions", map[string]any{"code": tickets[0].Code}).Status == http.StatusOK {
				admitted.Add(1)
			}
		})
	}
	both.Wait()
	if admitted.Load() > 1 {
		d.box.t.Errorf("a ticket of booking %s let in two", id)
	}
	d.crowd.admitted.Add(1)
}

func (d *diary) cancel(id string, e *entry) {
	a := d.insist("POST", "/api/v1/bookings/"+id+"/cancel", nil)
	if a.Status == http.StatusConflict { // it lapsed meanwhile
		return
	}
	a.want(http.StatusOK)
	e.cancelled = true
}

// insist asks again until somebody answers who is not unavailable.
func (d *diary) insist(method, path string, body any, headers ...string) *answer {
	for {
		a, err := d.try(method, path, body, headers...)
		if err == nil && a.Status != http.StatusServiceUnavailable {
			return a
		}
		if err == nil {
			d.crowd.unavailable.Add(1)
		}
		if d.box.t.Context().Err() != nil {
			d.box.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
