package boxoffice

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// runUnitOfWork checks how an [outbound.UnitOfWork] changes several stores.
// [contract.RunUnitOfWork] has the tests that do not depend on the domain.
func runUnitOfWork(t *testing.T, open OpenStores) {
	t.Run("commits the changes of several aggregates with their events", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "A-1", "A-2")
		tickets := newTickets(t, sh, b)
		other := newDraft(t, globeStaff, hamlet())
		stores.relayAll(t)

		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		testkit.Must(t, stores.UnitOfWork.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
			return changeAll(ctx, s, b.ID(), tickets, other)
		}))

		testkit.Must(t, cancelBooking(b))
		stores.wantBooking(t, b)
		for _, one := range tickets {
			testkit.Must(t, cancelTicket(one))
		}
		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		wantTickets(t, got, tickets...)
		found, err := stores.Shows.Get(t.Context(), other.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "show", found.Snapshot(), other.Snapshot())
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		testkit.WantEqual(t, "first time", stores.firstTime(t, "refunds", "event 1"), false)

		var names []string
		for _, e := range stores.relayAll(t) {
			names = append(names, e.Type)
			testkit.WantEqual(t, "correlation id", e.CorrelationID, "request 1")
		}
		testkit.WantEqual(t, "types of the events", names, []string{
			"ticket.issued", "ticket.issued", "ticket.voided", "ticket.voided", "booking.cancelled", "show.created",
		})
	})

	t.Run("changes nothing", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("no")
		for _, tt := range []struct {
			name string
			do   func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error)
		}{
			{"when the work fails", func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				err := uow.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					testkit.Must(t, work(ctx, s))
					return failure
				})
				testkit.WantError(t, err, failure)
			}},
			{"when the work panics", func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				testkit.WantPanic(t, failure, func() {
					_ = uow.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
						testkit.Must(t, work(ctx, s))
						panic(failure)
					})
				})
			}},
			{"when its context is cancelled before the end", func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				ctx, cancel := context.WithCancel(t.Context())
				err := uow.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
					testkit.Must(t, work(ctx, s))
					cancel()
					return nil
				})
				testkit.WantError(t, err, context.Canceled)
			}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh, b := stores.addConfirmed(t, "A-1", "A-2")
				tickets := newTickets(t, sh, b)
				other := newDraft(t, globeStaff, hamlet())
				stores.relayAll(t)

				tt.do(t, stores.UnitOfWork, func(ctx context.Context, s outbound.Stores) error {
					return changeAll(ctx, s, b.ID(), tickets, other)
				})

				stores.wantBooking(t, b)
				got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
				testkit.Must(t, err)
				wantTickets(t, got)
				_, err = stores.Shows.Get(t.Context(), other.ID())
				testkit.WantError(t, err, ports.ErrNotFound)
				testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold"})
				testkit.WantEqual(t, "first time", stores.firstTime(t, "refunds", "event 1"), true)
				wantEvents(t, stores.relayAll(t))

				testkit.Must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					return s.Tickets.Add(ctx, tickets)
				}))
			})
		}
	})

	t.Run("rolls back a hold together with its claims and key", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		b, key, failure := newBooking(t, sh, "ann", "A-1"), newKey(), errors.New("no")
		err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			_, err := s.Bookings.Add(ctx, b, key, booking.Limits{})
			testkit.Must(t, err)
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", key)
		testkit.WantError(t, err, ports.ErrNotFound)
		stores.addBooking(t, sh, "A-1")
	})

	t.Run("sees its own changes", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			testkit.Must(t, s.Shows.Add(ctx, sh))
			onSale, err := s.Shows.Update(ctx, sh.ID(), openShow)
			testkit.Must(t, err)
			b, err := s.Bookings.Add(ctx, newBooking(t, onSale, "ann", "A-1"), newKey(), booking.Limits{})
			testkit.Must(t, err)
			_, err = s.Bookings.Update(ctx, b.ID(), requestPayment)
			testkit.Must(t, err)
			got, err := s.Bookings.Get(ctx, b.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "status", got.Status(), booking.StatusPaying)
			_, err = s.Bookings.Add(ctx, newBooking(t, onSale, "bob", "A-1"), newKey(), booking.Limits{})
			wantTaken(t, err, "A-1")
			page, err := s.Bookings.List(ctx, outbound.BookingQuery{Show: sh.ID(), Limit: 10})
			testkit.Must(t, err)
			testkit.WantEqual(t, "bookings", len(page), 1)
			return nil
		}))
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
	})

	t.Run("discards the changes of a failed store method and keeps all others", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.addConfirmed(t, "A-1", "A-2", "A-3")
		tickets, rival := newTickets(t, sh, b), newTickets(t, sh, b)
		stores.relayAll(t)
		failure := errors.New("no")
		testkit.Must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			testkit.Must(t, s.Tickets.Add(ctx, tickets[:1]))
			testkit.WantError(t, s.Tickets.Add(ctx, []*ticket.Ticket{rival[1], rival[0]}), ports.ErrExists)
			testkit.WantError(t, s.Shows.Add(ctx, sh), ports.ErrExists)
			_, err := s.Bookings.Add(ctx, newBooking(t, sh, "bob", "B-1", "A-1"), newKey(), booking.Limits{})
			wantTaken(t, err, "A-1")
			_, err = s.Bookings.Update(ctx, b.ID(), func(b *booking.Booking) error {
				testkit.Must(t, cancelBooking(b))
				return failure
			})
			testkit.WantError(t, err, failure)
			_, err = s.Shows.Get(ctx, show.ID(newID()))
			testkit.WantError(t, err, ports.ErrNotFound)
			_, err = s.Shows.Get(ctx, "no\x00text")
			testkit.WantError(t, err, ports.ErrNotFound)
			none, err := s.Tickets.ListByBooking(ctx, "no\xfftext")
			testkit.Must(t, err)
			wantTickets(t, none)
			return s.Tickets.Add(ctx, tickets[1:])
		}))
		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		testkit.Must(t, err)
		wantTickets(t, got, tickets...)
		stores.wantBooking(t, b)
		testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold", "A-3": "sold"})
		testkit.WantEqual(t, "events", typesOf(stores.relayAll(t), string(b.ID())), []string{"ticket.issued", "ticket.issued", "ticket.issued"})
	})

	t.Run("commits two units of work that change the same aggregates in opposite order", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			a, b := newDraft(t, globeStaff, hamlet()), newDraft(t, globeStaff, hamlet())
			testkit.Must(t, stores.Shows.Add(t.Context(), a))
			testkit.Must(t, stores.Shows.Add(t.Context(), b))
			orders := [][]show.ID{{a.ID(), b.ID()}, {b.ID(), a.ID()}}
			testkit.RunConcurrently(len(orders), func(i int) {
				err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					for _, id := range orders[i] {
						if _, err := s.Shows.Update(ctx, id, openShow); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("order %d: %v", i+1, err)
				}
			})
			for _, id := range orders[0] {
				got, err := stores.Shows.Get(t.Context(), id)
				testkit.Must(t, err)
				testkit.WantEqual(t, "status", got.Status(), show.StatusOnSale)
			}
		})
		testkit.WantEqual(t, "events of openings in all rounds", countType(stores.relayAll(t), "show.opened"), 2*testkit.Rounds)
	})

	t.Run("lets only one of several concurrent units of work claim a seat", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := stores.addShowOnSale(t)
			errs := make([]error, 5)
			testkit.RunConcurrently(len(errs), func(i int) {
				b, key := newBooking(t, sh, "ann", "A-1", "A-2"), newKey()
				errs[i] = stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					if _, err := s.Bookings.Add(ctx, b, key, booking.Limits{}); err != nil {
						return err
					}
					_, err := s.Bookings.Update(ctx, b.ID(), confirmPayment)
					return err
				})
			})
			testkit.WantEqual(t, "winners", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					wantTaken(t, err, "A-1", "A-2")
				}
			}
			testkit.WantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold"})
		})
	})
}

// firstTime calls Inbox.FirstTime in a separate unit of work.
func (s Stores) firstTime(t *testing.T, subscription string, id ports.EventID) (first bool) {
	t.Helper()
	testkit.Must(t, s.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) (err error) {
		first, err = s.Inbox.FirstTime(ctx, subscription, id)
		return err
	}))
	return first
}

// changeAll changes something in every store.
func changeAll(ctx context.Context, s outbound.Stores, id booking.ID, tickets []*ticket.Ticket, added *show.Show) error {
	if _, err := s.Inbox.FirstTime(ctx, "refunds", "event 1"); err != nil {
		return err
	}
	if err := s.Tickets.Add(ctx, tickets); err != nil {
		return err
	}
	for _, one := range tickets {
		if _, err := s.Tickets.Update(ctx, one.Code(), cancelTicket); err != nil {
			return err
		}
	}
	if _, err := s.Bookings.Update(ctx, id, cancelBooking); err != nil {
		return err
	}
	return s.Shows.Add(ctx, added)
}
