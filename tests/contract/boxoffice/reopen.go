package boxoffice

import (
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/contract"
	"example.com/portico/tests/testkit"
)

// runReopened checks that a reopened database keeps its data.
func runReopened(t *testing.T, open OpenStores) {
	t.Run("keeps every show, booking, ticket, key and claim", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		contract.SkipUnlessDurable(t, stores.Reopen != nil)
		sh, b := stores.addConfirmed(t, "A-1", "B-2")
		tickets := newTickets(t, sh, b)
		testkit.Must(t, stores.Tickets.Add(t.Context(), tickets))
		_, err := stores.Tickets.Update(t.Context(), tickets[0].Code(), admitTicket)
		testkit.Must(t, err)
		testkit.Must(t, admitTicket(tickets[0]))
		held, key := newBooking(t, sh, "bob", "A-2"), newKey()
		_, err = stores.Bookings.Add(t.Context(), held, key, booking.Limits{})
		testkit.Must(t, err)

		stores = stores.Reopen(t)
		gotShow, err := stores.Shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "show", gotShow.Snapshot(), sh.Snapshot())
		stores.wantBooking(t, b)
		gotTickets, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		wantTickets(t, gotTickets, tickets...)
		byKey, err := stores.Bookings.ByKey(t.Context(), "bob", key)
		testkit.Must(t, err)
		testkit.WantEqual(t, "booking by key", byKey.Snapshot(), held.Snapshot())
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "B-2": "sold", "A-2": "held"})
		_, err = stores.Bookings.Add(t.Context(), newBooking(t, sh, "ann", "A-2"), newKey(), booking.Limits{})
		wantTaken(t, err, "A-2")
	})
}

// runShared checks a database that several processes use at the same time.
func runShared(t *testing.T, open OpenStores) {
	t.Run("makes the changes of one process visible to another at once", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		contract.SkipUnlessShared(t, stores.OpenAnother != nil)
		other := stores.OpenAnother(t)
		sh := stores.addShowOnSale(t)
		b := other.addBooking(t, sh, "A-1")
		stores.wantBooking(t, b)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
		other.wantBooking(t, stores.updateBooking(t, b.ID(), confirmPayment))
		testkit.WantEqual(t, "claims", other.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold"})
		stores.cancelShow(t, sh.ID())
		_, err := other.Bookings.Add(t.Context(), newBooking(t, sh, "bob", "A-2"), newKey(), booking.Limits{})
		wantShowCancelled(t, err)
	})

	t.Run("lets only one booking claim a seat that two processes request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		contract.SkipUnlessShared(t, stores.OpenAnother != nil)
		processes := []Stores{stores, stores.OpenAnother(t)}
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			wanted := make([]*booking.Booking, 10)
			for i := range wanted {
				wanted[i] = newBooking(t, sh, "ann", "A-1")
			}
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted), func(i int) {
				_, errs[i] = processes[i%2].Bookings.Add(t.Context(), wanted[i], newKey(), booking.Limits{})
			})
			testkit.WantEqual(t, "winners", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					wantTaken(t, err, "A-1")
				}
			}
		})
	})

	t.Run("makes one booking when two processes receive the same request", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		contract.SkipUnlessShared(t, stores.OpenAnother != nil)
		processes := []Stores{stores, stores.OpenAnother(t)}
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh, key := stores.addShowOnSale(t), newKey()
			wanted := []*booking.Booking{newBooking(t, sh, "ann", "A-1"), newBooking(t, sh, "ann", "A-1")}
			errs := make([]error, len(wanted))
			testkit.RunConcurrently(len(wanted), func(i int) {
				_, errs[i] = processes[i].Bookings.Add(t.Context(), wanted[i], key, booking.Limits{})
			})
			testkit.WantEqual(t, "requests that succeeded", testkit.Succeeded(errs), len(errs))
			page, err := stores.Bookings.List(t.Context(), outbound.BookingQuery{Show: sh.ID(), Limit: 10})
			testkit.Must(t, err)
			testkit.WantEqual(t, "bookings", len(page), 1)
		})
	})

	t.Run("admits a ticket only once despite concurrent attempts by two processes", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		contract.SkipUnlessShared(t, stores.OpenAnother != nil)
		processes := []Stores{stores, stores.OpenAnother(t)}
		testkit.InParallelRounds(t, func(t *testing.T) {
			one := stores.addTickets(t, "A-1")[0]
			errs := make([]error, 10)
			testkit.RunConcurrently(len(errs), func(i int) {
				_, errs[i] = processes[i%2].Tickets.Update(t.Context(), one.Code(), admitTicket)
			})
			testkit.WantEqual(t, "admissions", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					_, _ = testkit.WantErrorType[*ticket.AlreadyAdmittedError](t, err)
				}
			}
		})
	})
}
