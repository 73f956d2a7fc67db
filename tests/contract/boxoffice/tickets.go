package boxoffice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/tests/testkit"
)

// RunTickets checks an [outbound.Tickets].
func RunTickets(t *testing.T, open OpenStores) {
	t.Run("returns the tickets that were added, ordered by seat", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		added := stores.addTickets(t, "B-1", "A-2", "A-1")
		got, err := stores.Tickets.ListByBooking(t.Context(), added[0].Booking())
		testkit.Must(t, err)
		wantTickets(t, got, added[2], added[1], added[0])
	})

	t.Run("returns times in UTC even if the caller used another zone", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "A-1")
		one, err := ticket.Issue(newCode(), sh, b, "A-1", noon.In(kolkata))
		testkit.Must(t, err)
		testkit.Must(t, stores.Tickets.Add(t.Context(), []*ticket.Ticket{one}))
		admitted, err := stores.Tickets.Update(t.Context(), one.Code(), func(one *ticket.Ticket) error {
			return one.Admit(showStart.In(kolkata))
		})
		testkit.Must(t, err)
		testkit.WantEqual(t, "issue", admitted.Snapshot().IssuedAt, noon)
		testkit.WantEqual(t, "admission", admitted.AdmittedAt(), showStart)
	})

	t.Run("returns the updated ticket", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			name   string
			change func(*ticket.Ticket) error
		}{
			{"unchanged", func(*ticket.Ticket) error { return nil }},
			{"admitted", admitTicket},
			{"cancelled", cancelTicket},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				one := stores.addTickets(t, "A-1")[0]
				testkit.Must(t, tt.change(one))
				updated, err := stores.Tickets.Update(t.Context(), one.Code(), tt.change)
				testkit.Must(t, err)
				wantTickets(t, []*ticket.Ticket{updated}, one)
				got, err := stores.Tickets.ListByBooking(t.Context(), one.Booking())
				testkit.Must(t, err)
				wantTickets(t, got, one)
			})
		}
	})

	t.Run("returns only the tickets of the given booking", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		first, second := stores.addTickets(t, "A-1", "A-2"), stores.addTickets(t, "A-1")
		got, err := stores.Tickets.ListByBooking(t.Context(), first[0].Booking())
		testkit.Must(t, err)
		wantTickets(t, got, first...)
		got, err = stores.Tickets.ListByBooking(t.Context(), second[0].Booking())
		testkit.Must(t, err)
		wantTickets(t, got, second...)
		got, err = stores.Tickets.ListByBooking(t.Context(), booking.ID(newID()))
		testkit.Must(t, err)
		wantTickets(t, got)
	})

	t.Run("stores events with the booking's id but without the ticket code", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "B-1", "A-1")
		tickets := newTickets(t, sh, b)
		stores.relayAll(t)
		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		testkit.Must(t, stores.Tickets.Add(ctx, tickets))
		ctx = ports.WithCorrelationID(t.Context(), "request 2")
		_, err := stores.Tickets.Update(ctx, tickets[0].Code(), admitTicket)
		testkit.Must(t, err)
		ctx = ports.WithCorrelationID(t.Context(), "request 3")
		_, err = stores.Tickets.Update(ctx, tickets[1].Code(), cancelTicket)
		testkit.Must(t, err)

		events := stores.relayAll(t)
		wantEvents(t, events,
			envelope(string(b.ID()), "request 1", ticket.Issued{Booking: b.ID(), Show: sh.ID(), Seat: "B-1", At: noon}),
			envelope(string(b.ID()), "request 1", ticket.Issued{Booking: b.ID(), Show: sh.ID(), Seat: "A-1", At: noon}),
			envelope(string(b.ID()), "request 2", ticket.Admitted{Booking: b.ID(), Show: sh.ID(), Seat: "B-1", At: showStart}),
			envelope(string(b.ID()), "request 3", ticket.Voided{Booking: b.ID(), Show: sh.ID(), Seat: "A-1", At: noon}))
		for _, one := range tickets {
			wantNoCode(t, fmt.Sprintf("%+v", events), one.Code())
		}
	})

	t.Run("adds no ticket if a code or seat is a duplicate", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "A-1", "A-2", "A-3")
		first, second, third := newTickets(t, sh, b), newTickets(t, sh, b), newTickets(t, sh, b)
		testkit.Must(t, stores.Tickets.Add(t.Context(), first[:1]))
		stores.relayAll(t)

		sameCode, err := ticket.Issue(first[0].Code(), sh, b, "A-3", noon)
		testkit.Must(t, err)
		for _, tt := range []struct {
			name    string
			tickets []*ticket.Ticket
		}{
			{"a ticket that exists", []*ticket.Ticket{first[1], first[0]}},
			{"a seat that has a ticket", []*ticket.Ticket{second[1], second[0]}},
			{"a code that exists", []*ticket.Ticket{second[1], sameCode}},
			{"a seat twice in one call", []*ticket.Ticket{second[1], third[1]}},
			{"a ticket twice in one call", []*ticket.Ticket{second[1], second[1]}},
		} {
			err := stores.Tickets.Add(t.Context(), tt.tickets)
			if !errors.Is(err, ports.ErrExists) {
				t.Errorf("%s: got error %v, want %v", tt.name, err, ports.ErrExists)
				continue
			}
			wantNoCode(t, err.Error(), first[0].Code())
		}
		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		wantTickets(t, got, first[0])
		wantEvents(t, stores.relayAll(t))

		testkit.Must(t, stores.Tickets.Add(t.Context(), second[1:]))
	})

	t.Run("returns ErrNotFound for an unknown code, without quoting the code", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		stores.addTickets(t, "A-1")
		code := newCode()
		_, err := stores.Tickets.Update(t.Context(), code, func(*ticket.Ticket) error {
			t.Error("the change was run")
			return nil
		})
		testkit.WantError(t, err, ports.ErrNotFound)
		wantNoCode(t, fmt.Sprint(err), code)
	})

	t.Run("changes nothing when the update function fails or panics", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		one := stores.addTickets(t, "A-1")[0]
		stores.relayAll(t)

		failure := errors.New("no")
		_, err := stores.Tickets.Update(t.Context(), one.Code(), func(one *ticket.Ticket) error {
			testkit.Must(t, admitTicket(one))
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantPanic(t, "no", func() {
			_, _ = stores.Tickets.Update(t.Context(), one.Code(), func(one *ticket.Ticket) error {
				testkit.Must(t, admitTicket(one))
				panic("no")
			})
		})
		got, err := stores.Tickets.ListByBooking(t.Context(), one.Booking())
		testkit.Must(t, err)
		wantTickets(t, got, one)
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("returns copies that the caller may change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		added := stores.addTickets(t, "A-1")[0]
		stored := added.Snapshot()
		listed, err := stores.Tickets.ListByBooking(t.Context(), added.Booking())
		testkit.Must(t, err)
		var leaked *ticket.Ticket
		updated, err := stores.Tickets.Update(t.Context(), added.Code(), func(one *ticket.Ticket) error {
			leaked = one
			return nil
		})
		testkit.Must(t, err)
		stores.relayAll(t)

		for _, mine := range []*ticket.Ticket{added, listed[0], leaked, updated} {
			testkit.Must(t, admitTicket(mine))
			now, err := stores.Tickets.ListByBooking(t.Context(), added.Booking())
			testkit.Must(t, err)
			testkit.WantEqual(t, "ticket", now[0].Snapshot(), stored)
		}
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("admits a ticket only once despite concurrent attempts", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			one := stores.addTickets(t, "A-1")[0]
			errs := make([]error, 20)
			testkit.RunConcurrently(len(errs), func(i int) { _, errs[i] = stores.Tickets.Update(t.Context(), one.Code(), admitTicket) })
			testkit.WantEqual(t, "admissions", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err == nil {
					continue
				}
				if already, ok := testkit.WantErrorType[*ticket.AlreadyAdmittedError](t, err); ok {
					testkit.WantEqual(t, "time of the admission", already.At.UTC(), showStart)
				}
			}
		})
		testkit.WantEqual(t, "events of admissions in all rounds", countType(stores.relayAll(t), "ticket.admitted"), testkit.Rounds)
	})

	t.Run("stores one ticket per seat when several are issued concurrently", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh, b := stores.addConfirmed(t, "A-1", "A-2")
			errs := make([]error, 5)
			testkit.RunConcurrently(len(errs), func(i int) { errs[i] = stores.Tickets.Add(t.Context(), newTickets(t, sh, b)) })
			testkit.WantEqual(t, "times added", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					testkit.WantError(t, err, ports.ErrExists)
				}
			}
			got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "tickets", len(got), 2)
		})
	})

	t.Run("does nothing if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "A-1", "A-2")
		tickets := newTickets(t, sh, b)
		testkit.Must(t, stores.Tickets.Add(t.Context(), tickets[:1]))
		stores.relayAll(t)

		testkit.WantError(t, stores.Tickets.Add(testkit.CancelledContext(t), tickets[1:]), context.Canceled)
		_, err := stores.Tickets.ListByBooking(testkit.CancelledContext(t), b.ID())
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Tickets.Update(testkit.CancelledContext(t), tickets[0].Code(), admitTicket)
		testkit.WantError(t, err, context.Canceled)

		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		wantTickets(t, got, tickets[0])
		wantEvents(t, stores.relayAll(t))
	})
}

// addConfirmed stores a new show and a confirmed booking.
func (s Stores) addConfirmed(t *testing.T, labels ...show.Label) (*show.Show, *booking.Booking) {
	t.Helper()
	sh := s.addShowOnSale(t)
	return sh, s.updateBooking(t, s.addBooking(t, sh, labels...).ID(), confirmPayment)
}

// addTickets stores a new show, a confirmed booking and its tickets.
func (s Stores) addTickets(t *testing.T, labels ...show.Label) []*ticket.Ticket {
	t.Helper()
	sh, b := s.addConfirmed(t, labels...)
	tickets := newTickets(t, sh, b)
	testkit.Must(t, s.Tickets.Add(t.Context(), tickets))
	return tickets
}

func wantTickets(t *testing.T, got []*ticket.Ticket, want ...*ticket.Ticket) {
	t.Helper()
	snapshots := func(tickets []*ticket.Ticket) (all []ticket.Snapshot) {
		for _, one := range tickets {
			all = append(all, one.Snapshot())
		}
		return all
	}
	testkit.WantEqual(t, "tickets", snapshots(got), snapshots(want))
}

func wantNoCode(t *testing.T, text string, code ticket.Code) {
	t.Helper()
	if strings.Contains(text, string(code)) {
		t.Errorf("got a text with the code of a ticket, want none: %s", text)
	}
}

func admitTicket(one *ticket.Ticket) error { return one.Admit(showStart) }

func cancelTicket(one *ticket.Ticket) error { return one.Cancel(noon) }
