package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
	"example.com/portico/tests/qrcodes"
)

func TestACustomerBooksPaysAndIsAdmitted(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		organiser, ada := box.organiser(), box.customer("ada@example.com")

		created := organiser.Call("POST", "/api/v1/shows", newShow()).Want(201)
		draft := harness.Decode[client.Show](created)
		if got, want := created.Header.Get("Location"), "/api/v1/shows/"+draft.ID; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		if draft.Status != client.ShowStatusDraft || draft.SeatCount != 20 {
			t.Errorf("the show is %s with %d seats, want a draft with 20", draft.Status, draft.SeatCount)
		}
		box.anonymous().Call("GET", "/api/v1/shows/"+draft.ID, nil).Problem(404, "not-found")
		organiser.Call("POST", "/api/v1/shows/"+draft.ID+"/open", nil).Want(200)
		box.anonymous().Call("GET", "/api/v1/shows/"+draft.ID, nil).Want(200)

		held := ada.hold(draft.ID, "A-1", "B-8")
		if held.Status != client.BookingStatusHeld || held.Total != (client.Money{Amount: 7000, Currency: "EUR"}) {
			t.Errorf("the booking is %s for %v, want held for 70.00 EUR", held.Status, held.Total)
		}
		ada.seatsBecome(draft.ID, client.SeatStatusHeld, "A-1", "B-8")
		ada.seatsBecome(draft.ID, client.SeatStatusFree, "A-2")

		if paying := ada.pay(held.ID, "tok_ok"); paying.Status != client.BookingStatusPaying {
			t.Errorf("the booking is %s after the payment was requested, want paying", paying.Status)
		}
		ada.becomes(held.ID, client.BookingStatusConfirmed)
		ada.seatsBecome(draft.ID, client.SeatStatusSold, "A-1", "B-8")
		if n, sum := box.charges(held.ID); n != 1 || sum != 7000 {
			t.Errorf("%d charges of %d were not refunded, want one of 7000", n, sum)
		}

		tickets := ada.tickets(held.ID)
		if len(tickets) != 2 {
			t.Fatalf("%d tickets, want 2", len(tickets))
		}
		var codes []string
		for _, ticket := range tickets {
			codes = append(codes, ticket.Code)
		}
		if printed := ada.printedCodes(held.ID); !slices.Equal(printed, codes) {
			t.Errorf("the QR codes are %q, want %q", printed, codes)
		}
		harness.Eventually(t, 10*time.Second, "the tickets are mailed", func() bool { return box.Mails(held.ID) == 1 })

		first := harness.Decode[client.Admission](box.door().Call("POST", "/api/v1/admissions", map[string]any{"code": codes[0]}).Want(200))
		if first.Seat != "A-1" || first.ShowID != draft.ID {
			t.Errorf("admitted to seat %s of show %s, want A-1 of %s", first.Seat, first.ShowID, draft.ID)
		}
		box.door().Call("POST", "/api/v1/admissions", map[string]any{"code": codes[0]}).Problem(409, "already-admitted")
		if after := ada.tickets(held.ID); after[0].Status != client.TicketStatusUsed || after[1].Status != client.TicketStatusValid {
			t.Errorf("tickets are %s and %s, want used and valid", after[0].Status, after[1].Status)
		}
	})
}

func TestPaymentsEndAsTheGatewayDecides(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")

		cases := []struct {
			token    string
			seat     string
			ends     client.BookingStatus
			standing int
		}{
			{"tok_ok", "A-1", client.BookingStatusConfirmed, 1},
			{"tok_declined", "A-2", client.BookingStatusHeld, 0},
			{"tok_slow", "A-3", client.BookingStatusConfirmed, 1},
			{"tok_flaky", "A-4", client.BookingStatusConfirmed, 1},
			{"tok_timeout", "A-5", client.BookingStatusConfirmed, 1},
			{"tok_unheard_of", "A-6", client.BookingStatusHeld, 0},
		}
		bookings := map[string]string{}
		for _, c := range cases {
			b := ada.hold(show.ID, c.seat)
			ada.pay(b.ID, c.token)
			bookings[c.token] = b.ID
		}
		for _, c := range cases {
			t.Run(c.token+" ends as "+string(c.ends), func(t *testing.T) {
				ended := ada.becomes(bookings[c.token], c.ends)
				if n, _ := box.charges(ended.ID); n != c.standing {
					t.Errorf("%d charges were not refunded, want %d", n, c.standing)
				}
				if c.ends == client.BookingStatusHeld && (ended.LastDecline == nil || *ended.LastDecline == "") {
					t.Errorf("lastDecline is %v, want a reason", ended.LastDecline)
				}
			})
		}
		t.Run("a declined payment can be retried", func(t *testing.T) {
			ada.pay(bookings["tok_declined"], "tok_ok")
			again := ada.becomes(bookings["tok_declined"], client.BookingStatusConfirmed)
			if n, sum := box.charges(again.ID); n != 1 || sum != again.Total.Amount || again.Attempts != 2 {
				t.Errorf("%d charges of %d were not refunded after %d attempts, want one of %d after 2", n, sum, again.Attempts, again.Total.Amount)
			}
		})
	})
}

func TestAnUnansweredPaymentIsSettled(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_PAY_WITHIN=9s", "PORTICO_HOLD_FOR=9s")
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		b := ada.hold(show.ID, "A-1")
		ada.pay(b.ID, "tok_timeout")

		ada.becomes(b.ID, client.BookingStatusConfirmed)
		if n, sum := box.charges(b.ID); n != 1 || sum != 4500 {
			t.Errorf("%d charges of %d were not refunded, want one of 4500", n, sum)
		}
	})
}

func TestHoldsExpire(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_HOLD_FOR=1s")
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		b := ada.hold(show.ID, "A-1")

		ada.becomes(b.ID, client.BookingStatusExpired)
		ada.seatsBecome(show.ID, client.SeatStatusFree, "A-1")
		ada.tryPay(b.ID, "tok_ok").Problem(409, "hold-expired")
		ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Problem(409, "booking-not-cancellable")
		box.customer("bob@example.com").hold(show.ID, "A-1")
		if n, _ := box.charges(b.ID); n != 0 {
			t.Errorf("%d charges of an expired booking were not refunded, want none", n)
		}
	})
}

func TestCancellingABooking(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")

		t.Run("frees the seats of an unpaid booking", func(t *testing.T) {
			b := ada.hold(show.ID, "B-1")
			ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Want(200)
			ada.seatsBecome(show.ID, client.SeatStatusFree, "B-1")
		})
		t.Run("refunds a paid booking and voids its tickets", func(t *testing.T) {
			b := ada.bought(show.ID, "A-1", "A-2")
			code := ada.tickets(b.ID)[0].Code
			cancelled := harness.Decode[client.Booking](ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Want(200))
			if cancelled.Status != client.BookingStatusCancelled || cancelled.Refund != client.RefundStatusDue {
				t.Errorf("the booking is %s with refund %s, want cancelled with refund due", cancelled.Status, cancelled.Refund)
			}
			box.door().Call("POST", "/api/v1/admissions", map[string]any{"code": code}).Problem(409, "ticket-void")
			harness.Eventually(t, 10*time.Second, "refund", func() bool { return ada.booking(b.ID).Refund == client.RefundStatusRefunded })
			if n, _ := box.charges(b.ID); n != 0 {
				t.Errorf("%d charges were not refunded, want none", n)
			}
			if again := harness.Decode[client.Booking](ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Want(200)); again.Status != client.BookingStatusCancelled {
				t.Errorf("cancelled again, the booking is %s, want cancelled", again.Status)
			}
			box.customer("bob@example.com").hold(show.ID, "A-1", "A-2")
		})
		t.Run("is refused after a ticket was used", func(t *testing.T) {
			b := ada.bought(show.ID, "A-3")
			box.door().Call("POST", "/api/v1/admissions", map[string]any{"code": ada.tickets(b.ID)[0].Code}).Want(200)
			ada.Call("POST", "/api/v1/bookings/"+b.ID+"/cancel", nil).Problem(409, "booking-not-cancellable")
			if got := ada.booking(b.ID).Status; got != client.BookingStatusConfirmed {
				t.Errorf("the booking is %s, want confirmed", got)
			}
		})
	})
}

func TestCancellingAShowCancelsAndRefundsItsBookings(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		organiser := box.organiser()
		show := organiser.openedShow(newShow())
		ada := box.customer("ada@example.com")
		held := ada.hold(show.ID, "A-1")
		bought := ada.bought(show.ID, "A-2", "A-3")
		code := ada.tickets(bought.ID)[0].Code
		paying := ada.hold(show.ID, "A-4")
		ada.pay(paying.ID, "tok_slow")

		if cancelled := harness.Decode[client.Show](organiser.Call("POST", "/api/v1/shows/"+show.ID+"/cancel", nil).Want(202)); cancelled.Status != client.ShowStatusCancelled {
			t.Errorf("the show is %s, want cancelled", cancelled.Status)
		}
		for _, id := range []string{held.ID, bought.ID, paying.ID} {
			ada.becomes(id, client.BookingStatusCancelled)
		}
		for _, id := range []string{bought.ID, paying.ID} {
			harness.Eventually(t, 10*time.Second, "refund", func() bool { return ada.booking(id).Refund == client.RefundStatusRefunded })
			if n, _ := box.charges(id); n != 0 {
				t.Errorf("%d charges of booking %s were not refunded, want none", n, id)
			}
		}
		box.door().Call("POST", "/api/v1/admissions", map[string]any{"code": code}).Problem(409, "ticket-void")
		ada.seatsBecome(show.ID, client.SeatStatusFree, seatLabels(ada.seats(show.ID))...)
	})
}

func TestListsAreReadPageByPage(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		organiser, ada := box.organiser(), box.customer("ada@example.com")
		show := organiser.openedShow(newShow())
		organiser.Call("POST", "/api/v1/shows", with(newShow(), "title", "King Lear")).Want(201)
		var made []string
		for _, seat := range []string{"A-1", "A-2", "A-3"} {
			made = append(made, ada.hold(show.ID, seat).ID)
		}
		slices.Reverse(made)

		var read []string
		for cursor := ""; ; {
			page := harness.Decode[client.BookingPage](ada.Call("GET", "/api/v1/bookings?limit=2&cursor="+cursor, nil).Want(200))
			for _, b := range page.Items {
				read = append(read, b.ID)
			}
			if page.NextCursor == nil {
				break
			}
			cursor = *page.NextCursor
		}
		if !slices.Equal(read, made) {
			t.Errorf("the pages have bookings %v, want %v", read, made)
		}
		if all := harness.Decode[client.BookingPage](organiser.Call("GET", "/api/v1/bookings?showId="+show.ID, nil).Want(200)); len(all.Items) != 3 {
			t.Errorf("the organiser sees %d bookings, want 3", len(all.Items))
		}
		if others := harness.Decode[client.BookingPage](box.customer("bob@example.com").Call("GET", "/api/v1/bookings", nil).Want(200)); len(others.Items) != 0 {
			t.Errorf("another customer sees %d bookings, want none", len(others.Items))
		}
		titles := func(c *caller, query string) (titles []string) {
			for _, s := range harness.Decode[client.ShowPage](c.Call("GET", "/api/v1/shows"+query, nil).Want(200)).Items {
				if s.Organisation == "globe" {
					titles = append(titles, s.Title)
				}
			}
			return titles
		}
		if got := titles(box.anonymous(), ""); !slices.Equal(got, []string{"The Tempest"}) {
			t.Errorf("an anonymous caller sees %q, want The Tempest", got)
		}
		if got := titles(organiser, "?q=lear"); !slices.Equal(got, []string{"King Lear"}) {
			t.Errorf("the organiser finds %q, want King Lear", got)
		}
	})
}

func TestAnUnchangedSeatMapIsNotSentAgain(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		show := box.organiser().openedShow(newShow())
		path := "/api/v1/shows/" + show.ID + "/seats"
		tag := box.anonymous().Call("GET", path, nil).Want(200).Header.Get("ETag")

		if again := box.anonymous().Call("GET", path, nil, "If-None-Match", tag).Want(304); len(again.Body) != 0 {
			t.Errorf("304 with body %q, want none", again.Body)
		}
		box.customer("ada@example.com").hold(show.ID, "A-1")
		harness.Eventually(t, 10*time.Second, "the map is sent again with another ETag", func() bool {
			changed := box.anonymous().Call("GET", path, nil, "If-None-Match", tag)
			return changed.Status == http.StatusOK && changed.Header.Get("ETag") != tag
		})
	})
}

func TestDocumentationIsServedAndRequestIDsAreKept(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t)
		for _, path := range []string{"/docs", "/api/v1/openapi.yaml", "/problems", "/problems/seats-taken"} {
			if a := box.anonymous().Call("GET", path, nil).Want(200); len(a.Body) == 0 {
				t.Errorf("%s has an empty body, want a page", path)
			}
		}
		given := box.anonymous().Call("GET", "/api/v1/shows", nil, "X-Request-ID", "my-own-id").Want(200)
		if got := given.Header.Get("X-Request-ID"); got != "my-own-id" {
			t.Errorf("X-Request-ID %q, want the caller's own", got)
		}
		harness.Eventually(t, 5*time.Second, "the request's id is in the log", func() bool {
			return box.Output.Contains(`"correlationId":"my-own-id"`)
		})
	})
}

func TestEventsCarryTheCorrelationID(t *testing.T) {
	inEachProfile(t, func(t *testing.T, open opener) {
		box := open(t, "PORTICO_LOG_LEVEL=debug")
		show := box.organiser().openedShow(newShow())
		ada := box.customer("ada@example.com")
		b := ada.hold(show.ID, "A-1")
		ada.Call("POST", "/api/v1/bookings/"+b.ID+"/payment", map[string]any{"paymentToken": "tok_ok"}, "X-Request-ID", "pay-42").Want(202)
		ada.becomes(b.ID, client.BookingStatusConfirmed)

		harness.Eventually(t, 10*time.Second, "the mail is logged under the payment's id", func() bool {
			for _, line := range box.Output.Lines() {
				if strings.Contains(line, `"correlationId":"pay-42"`) && strings.Contains(line, `"useCase":"NotifyCustomer"`) {
					return true
				}
			}
			return false
		})
		for _, line := range box.Output.Lines() {
			if strings.HasPrefix(line, "{") && strings.Contains(line, "tok_ok") {
				t.Errorf("the payment token is in the log: %s", line)
			}
		}
	})
}

// printedCodes downloads a booking's PDF and reads the QR codes on its pages.
func (c *caller) printedCodes(bookingID string) []string {
	c.box.T.Helper()
	var a *harness.Answer
	harness.Eventually(c.box.T, 20*time.Second, "the PDF exists", func() bool {
		a = c.Call("GET", "/api/v1/bookings/"+bookingID+"/tickets.pdf", nil)
		return a.Status != http.StatusServiceUnavailable
	})
	a.Want(200)
	return slices.Concat(qrcodes.Read(c.box.T, a.Body)...)
}
