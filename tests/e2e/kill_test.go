package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/portico/adapters/payments"
	"example.com/portico/api/client"
)

// TestKilledAtAnyMoment lets customers book, pay and cancel while the process
// is killed again and again at random moments, and then holds what the API and
// the payment ledger say against the promises. PORTICO_TEST_SEED repeats a run's
// dice, though not its timing.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process for half a minute")
	}
	const enoughKills, mostKills, customers, enoughBookings = 50, 200, 6, 60
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("PORTICO_TEST_SEED"), 10, 64); err == nil {
		seed = given
	}
	dice := rand.New(rand.NewPCG(seed, 0))
	box := open(t, "PORTICO_HTTP_ADDR="+freeAddress(t), "PORTICO_HOLD_FOR=3s", "PORTICO_RATE_PER_ACTOR=off")
	show := box.organiser().openedShow(with(newShow(), "rows", []any{
		map[string]any{"name": "A", "seats": rowSeats, "tier": "stalls"}, map[string]any{"name": "B", "seats": rowSeats, "tier": "gallery"},
	}))

	var buying sync.WaitGroup
	var over atomic.Bool
	var held atomic.Int32
	diaries := make([]*diary, customers)
	for i := range customers {
		d := &diary{
			caller: box.customer(fmt.Sprintf("customer-%d@example.com", i)), show: show.ID, over: &over, held: &held,
			dice: rand.New(rand.NewPCG(seed, uint64(i+1))), bookings: map[string]*entry{},
		}
		diaries[i] = d
		buying.Go(d.keep)
	}
	kills := 0
	for ; kills < enoughKills || held.Load() < enoughBookings && kills < mostKills; kills++ { // a busy machine does less between two kills
		time.Sleep(time.Duration(50+dice.IntN(750)) * time.Millisecond) // the random moment itself
		box.kill()
		box.start()
	}
	over.Store(true)
	buying.Wait()

	made, paid, cancelled := 0, 0, 0
	for _, d := range diaries {
		for _, e := range d.bookings {
			made++
			paid += e.payments
			if e.cancelled {
				cancelled++
			}
		}
	}
	t.Logf("seed %d: %d kills, %d bookings made, %d payments asked for, %d cancelled", seed, kills, made, paid, cancelled)
	if made < enoughBookings || paid == 0 || cancelled == 0 {
		t.Fatal("too little was done for this run to prove anything")
	}
	box.settles(show.ID)
	box.keepsItsPromises(show.ID, diaries)
}

// rowSeats is few enough for customers to want the same seats, and enough for
// the house not to be sold out before the last kill.
const rowSeats = 150

// diary is what one customer was told, and therefore counts on.
type diary struct {
	*caller
	show     string
	over     *atomic.Bool
	held     *atomic.Int32 // by all customers
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
	for !d.over.Load() {
		var seats []string
		row, first := string(rune('A'+d.dice.IntN(2))), 1+d.dice.IntN(rowSeats-2)
		for n := range 1 + d.dice.IntN(3) {
			seats = append(seats, fmt.Sprintf("%s-%d", row, first+n))
		}
		a := d.insist("POST", "/api/v1/bookings", map[string]any{"showId": d.show, "seats": seats}, "Idempotency-Key", uuid.NewString())
		if a.Status == http.StatusConflict {
			continue
		}
		b := into[client.Booking](a.want(http.StatusCreated))
		e := &entry{seats: b.Seats}
		d.bookings[b.ID] = e
		d.held.Add(1)
		switch d.dice.IntN(10) {
		case 0: // let it lapse
		case 1:
			d.cancel(b.ID, e)
		default:
			d.payAndSometimesCancel(b.ID, e, tokens[d.dice.IntN(len(tokens))])
		}
	}
}

func (d *diary) payAndSometimesCancel(id string, e *entry, token string) {
	a := d.insist("POST", "/api/v1/bookings/"+id+"/payment", map[string]any{"paymentToken": token})
	if a.Status == http.StatusConflict { // it lapsed, or the answer to an earlier try was lost
		return
	}
	a.want(http.StatusAccepted)
	e.payments++
	for range 10 { // patience for half a second: the slow ones outlive many kills
		switch into[client.Booking](d.insist("GET", "/api/v1/bookings/"+id, nil).want(200)).Status {
		case client.BookingStatusPaying:
			time.Sleep(50 * time.Millisecond)
		case client.BookingStatusConfirmed:
			if d.dice.IntN(2) == 0 {
				d.cancel(id, e)
			}
			return
		default:
			return
		}
	}
}

func (d *diary) cancel(id string, e *entry) {
	a := d.insist("POST", "/api/v1/bookings/"+id+"/cancel", nil)
	if a.Status == http.StatusConflict { // it lapsed meanwhile
		return
	}
	a.want(http.StatusOK)
	e.cancelled = true
}

// insist asks again until somebody answers.
func (d *diary) insist(method, path string, body any, headers ...string) *answer {
	for {
		a, err := d.try(method, path, body, headers...)
		if err == nil {
			return a
		}
		if d.box.t.Context().Err() != nil {
			d.box.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// bookings are all of a show.
func (b *boxOffice) bookings(showID string) []client.Booking {
	b.t.Helper()
	var all []client.Booking
	for path := "/api/v1/bookings?limit=100&showId=" + showID; ; {
		page := into[client.BookingPage](b.organiser().call("GET", path, nil).want(200))
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all
		}
		path = "/api/v1/bookings?limit=100&showId=" + showID + "&cursor=" + *page.NextCursor
	}
}

// settles waits until nothing is under way any more.
func (b *boxOffice) settles(showID string) {
	b.t.Helper()
	var open []string
	defer func() {
		if len(open) > 0 {
			b.t.Logf("under way: %s", strings.Join(open, ", "))
		}
	}()
	eventually(b.t, 2*time.Minute, "all that was under way has ended", func() bool {
		open = nil
		for _, booking := range b.bookings(showID) {
			if booking.Status == client.BookingStatusHeld || booking.Status == client.BookingStatusPaying || booking.Refund == client.RefundStatusDue {
				open = append(open, fmt.Sprintf("%s is %s, refund %s", booking.ID, booking.Status, booking.Refund))
			}
		}
		return len(open) == 0
	})
}

// keepsItsPromises checks what the README promises against the customers'
// diaries.
func (b *boxOffice) keepsItsPromises(showID string, diaries []*diary) {
	t := b.t
	t.Helper()
	all := map[string]client.Booking{}
	owner := map[string]string{}
	for _, booking := range b.bookings(showID) {
		all[booking.ID] = booking
		count, sum := b.standing(booking.ID)
		if booking.Status != client.BookingStatusConfirmed {
			if count != 0 {
				t.Errorf("booking %s is %s and %d charges stand", booking.ID, booking.Status, count)
			}
			continue
		}
		if count != 1 || sum != booking.Total.Amount {
			t.Errorf("booking %s is confirmed for %d and %d charges of %d stand", booking.ID, booking.Total.Amount, count, sum)
		}
		for _, seat := range booking.Seats {
			if other, taken := owner[seat]; taken {
				t.Errorf("seat %s was sold to booking %s and to %s", seat, other, booking.ID)
			}
			owner[seat] = booking.ID
		}
	}
	for label, status := range b.anybody().seats(showID) {
		if _, sold := owner[label]; sold != (status == client.SeatStatusSold) {
			t.Errorf("seat %s is %s; its booking is %q", label, status, owner[label])
		}
	}
	acknowledged := 0
	for _, d := range diaries {
		for id, e := range d.bookings {
			acknowledged++
			booking, there := all[id]
			switch {
			case !there:
				t.Errorf("booking %s was acknowledged and is lost", id)
			case fmt.Sprint(booking.Seats) != fmt.Sprint(e.seats):
				t.Errorf("booking %s has seats %v, acknowledged %v", id, booking.Seats, e.seats)
			case booking.Attempts < e.payments:
				t.Errorf("booking %s has %d payments, acknowledged %d", id, booking.Attempts, e.payments)
			case e.cancelled && booking.Status != client.BookingStatusCancelled:
				t.Errorf("booking %s is %s, acknowledged as cancelled", id, booking.Status)
			}
			d.checkTickets(booking)
		}
	}
	if len(all) != acknowledged {
		t.Errorf("there are %d bookings for %d idempotency keys", len(all), acknowledged)
	}
	b.chargedOnceAKey()
	if letters, err := b.command("deadletters", "list").Output(); err != nil || len(letters) != 0 {
		t.Errorf("dead letters (%v): %s", err, letters)
	}
}

// checkTickets looks for one valid ticket a seat, a PDF and a mail for a
// confirmed booking, and for no valid ticket otherwise.
func (d *diary) checkTickets(b client.Booking) {
	t := d.box.t
	t.Helper()
	if b.Status != client.BookingStatusConfirmed {
		for _, ticket := range into[client.Tickets](d.call("GET", "/api/v1/bookings/"+b.ID+"/tickets", nil).want(200)).Items {
			if ticket.Status == client.TicketStatusValid {
				t.Errorf("booking %s is %s and its ticket for %s is valid", b.ID, b.Status, ticket.Seat)
			}
		}
		return
	}
	tickets := d.tickets(b.ID)
	if len(tickets) != len(b.Seats) {
		t.Errorf("booking %s has %d tickets for %d seats", b.ID, len(tickets), len(b.Seats))
	}
	for _, ticket := range tickets {
		if ticket.Status != client.TicketStatusValid {
			t.Errorf("booking %s is confirmed and its ticket for %s is %s", b.ID, ticket.Seat, ticket.Status)
		}
	}
	eventually(t, 20*time.Second, "the PDF of booking "+b.ID, func() bool {
		return d.call("GET", "/api/v1/bookings/"+b.ID+"/tickets.pdf", nil).Status == http.StatusOK
	})
	eventually(t, 20*time.Second, "the mail for booking "+b.ID, func() bool {
		mails, _ := filepath.Glob(filepath.Join(d.box.dataDir, "mail", "*"+b.ID+"*.eml"))
		return len(mails) == 1
	})
}

// chargedOnceAKey looks for a key under which money was taken twice.
func (b *boxOffice) chargedOnceAKey() {
	b.t.Helper()
	entries, err := payments.ReadLedger(filepath.Join(b.dataDir, "paysim.jsonl"))
	if err != nil {
		b.t.Fatal(err)
	}
	taken := map[string]int{}
	for _, e := range entries {
		if e.Status == "charged" {
			taken[e.Key]++
		}
	}
	for key, n := range taken {
		if n != 1 {
			b.t.Errorf("money was taken %d times under key %s", n, key)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
