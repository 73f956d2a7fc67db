package contract

import (
	"context"
	"errors"
	"testing"

	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
)

// RunUnitOfWork holds a store to outbound.UnitOfWork.
func RunUnitOfWork(t *testing.T, open NewStores) {
	t.Run("commits the changes of several aggregates with their events", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.sold(t, "A-1", "A-2")
		tickets := newTickets(t, sh, b)
		other := newDraft(t, theGlobe, hamlet())
		stores.drain(t)

		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		must(t, stores.UnitOfWork.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
			return changeAll(ctx, s, b.ID(), tickets, other)
		}))

		must(t, cancelled(b))
		stores.wantBooking(t, b)
		for _, one := range tickets {
			must(t, voided(one))
		}
		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		must(t, err)
		wantTickets(t, got, tickets...)
		found, err := stores.Shows.Get(t.Context(), other.ID())
		must(t, err)
		wantEqual(t, "show", found.Snapshot(), other.Snapshot())
		wantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		wantEqual(t, "first time", stores.firstTime(t, "refunds", "event 1"), false)

		var names []string
		for _, e := range stores.drain(t) {
			names = append(names, e.Type)
			wantEqual(t, "correlation id", e.CorrelationID, "request 1")
		}
		wantEqual(t, "types of the events", names, []string{
			"ticket.issued", "ticket.issued", "ticket.voided", "ticket.voided", "booking.cancelled", "show.created",
		})
	})

	t.Run("changes nothing when the work fails, panics or is cancelled", func(t *testing.T) {
		t.Parallel()
		failure := errors.New("no")
		for name, end := range map[string]func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error){
			"fails": func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				err := uow.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					must(t, work(ctx, s))
					return failure
				})
				wantError(t, err, failure)
			},
			"panics": func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				wantPanic(t, failure, func() {
					_ = uow.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
						must(t, work(ctx, s))
						panic(failure)
					})
				})
			},
			"is cancelled": func(t *testing.T, uow outbound.UnitOfWork, work func(context.Context, outbound.Stores) error) {
				ctx, cancel := context.WithCancel(t.Context())
				err := uow.Do(ctx, func(ctx context.Context, s outbound.Stores) error {
					must(t, work(ctx, s))
					cancel()
					return nil
				})
				wantError(t, err, context.Canceled)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				sh, b := stores.sold(t, "A-1", "A-2")
				tickets := newTickets(t, sh, b)
				other := newDraft(t, theGlobe, hamlet())
				stores.drain(t)

				end(t, stores.UnitOfWork, func(ctx context.Context, s outbound.Stores) error {
					return changeAll(ctx, s, b.ID(), tickets, other)
				})

				stores.wantBooking(t, b)
				got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
				must(t, err)
				wantTickets(t, got)
				_, err = stores.Shows.Get(t.Context(), other.ID())
				wantError(t, err, ports.ErrNotFound)
				wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold"})
				wantEqual(t, "first time", stores.firstTime(t, "refunds", "event 1"), true)
				wantEvents(t, stores.drain(t))

				must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					return s.Tickets.Add(ctx, tickets)
				}))
			})
		}
	})

	t.Run("forgets a hold with its claims and its key", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.showOnSale(t)
		b, key, failure := newHold(t, sh, "ann", "A-1"), newKey(), errors.New("no")
		err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			_, err := s.Bookings.Add(ctx, b, key)
			must(t, err)
			return failure
		})
		wantError(t, err, failure)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), nil)
		_, err = stores.Bookings.ByKey(t.Context(), "ann", key)
		wantError(t, err, ports.ErrNotFound)
		stores.held(t, sh, "A-1")
	})

	t.Run("sees what it has changed itself", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := newDraft(t, theGlobe, hamlet())
		must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			must(t, s.Shows.Add(ctx, sh))
			onSale, err := s.Shows.Update(ctx, sh.ID(), opened)
			must(t, err)
			b, err := s.Bookings.Add(ctx, newHold(t, onSale, "ann", "A-1"), newKey())
			must(t, err)
			_, err = s.Bookings.Update(ctx, b.ID(), paying)
			must(t, err)
			got, err := s.Bookings.Get(ctx, b.ID())
			must(t, err)
			wantEqual(t, "status", got.Status(), booking.StatusPaying)
			_, err = s.Bookings.Add(ctx, newHold(t, onSale, "bob", "A-1"), newKey())
			wantTaken(t, err, "A-1")
			page, err := s.Bookings.List(ctx, outbound.BookingQuery{Show: sh.ID(), Limit: 10})
			must(t, err)
			wantEqual(t, "bookings", len(page), 1)
			return nil
		}))
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "held"})
	})

	t.Run("goes on after a method that failed, of which nothing is kept", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh, b := stores.sold(t, "A-1", "A-2", "A-3")
		tickets, rival := newTickets(t, sh, b), newTickets(t, sh, b)
		stores.drain(t)
		failure := errors.New("no")
		must(t, stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
			must(t, s.Tickets.Add(ctx, tickets[:1]))
			wantError(t, s.Tickets.Add(ctx, []*ticket.Ticket{rival[1], rival[0]}), ports.ErrExists)
			wantError(t, s.Shows.Add(ctx, sh), ports.ErrExists)
			_, err := s.Bookings.Add(ctx, newHold(t, sh, "bob", "B-1", "A-1"), newKey())
			wantTaken(t, err, "A-1")
			_, err = s.Bookings.Update(ctx, b.ID(), func(b *booking.Booking) error {
				must(t, cancelled(b))
				return failure
			})
			wantError(t, err, failure)
			_, err = s.Shows.Get(ctx, show.ID(newID()))
			wantError(t, err, ports.ErrNotFound)
			_, err = s.Shows.Get(ctx, "no\x00text")
			wantError(t, err, ports.ErrNotFound)
			none, err := s.Tickets.ListByBooking(ctx, "no\xfftext")
			must(t, err)
			wantTickets(t, none)
			return s.Tickets.Add(ctx, tickets[1:])
		}))
		got, err := stores.Tickets.ListByBooking(t.Context(), b.ID())
		must(t, err)
		wantTickets(t, got, tickets...)
		stores.wantBooking(t, b)
		wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold", "A-3": "sold"})
		wantEqual(t, "events", types(stores.drain(t), string(b.ID())), []string{"ticket.issued", "ticket.issued", "ticket.issued"})
	})

	t.Run("commits both of two that change the same in opposite order", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			a, b := newDraft(t, theGlobe, hamlet()), newDraft(t, theGlobe, hamlet())
			must(t, stores.Shows.Add(t.Context(), a))
			must(t, stores.Shows.Add(t.Context(), b))
			orders := [][]show.ID{{a.ID(), b.ID()}, {b.ID(), a.ID()}}
			atOnce(len(orders), func(i int) {
				err := stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					for _, id := range orders[i] {
						if _, err := s.Shows.Update(ctx, id, opened); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			for _, id := range orders[0] {
				got, err := stores.Shows.Get(t.Context(), id)
				must(t, err)
				wantEqual(t, "status", got.Status(), show.StatusOnSale)
			}
		})
		wantEqual(t, "events of openings in 20 rounds", ofType(stores.drain(t), "show.opened"), 2*20)
	})

	t.Run("lets one of many seats be won across units of work", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		rounds(t, func(t *testing.T) {
			sh := stores.showOnSale(t)
			errs := make([]error, 5)
			atOnce(len(errs), func(i int) {
				b, key := newHold(t, sh, "ann", "A-1", "A-2"), newKey()
				errs[i] = stores.UnitOfWork.Do(t.Context(), func(ctx context.Context, s outbound.Stores) error {
					if _, err := s.Bookings.Add(ctx, b, key); err != nil {
						return err
					}
					_, err := s.Bookings.Update(ctx, b.ID(), confirmed)
					return err
				})
			})
			wantEqual(t, "winners", succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					wantTaken(t, err, "A-1", "A-2")
				}
			}
			wantEqual(t, "claims", stores.claims(t, sh.ID()), map[show.Label]string{"A-1": "sold", "A-2": "sold"})
		})
	})

	t.Run("does not begin for a context that has ended", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		err := stores.UnitOfWork.Do(stopped(t), func(context.Context, outbound.Stores) error {
			t.Error("the work was run")
			return nil
		})
		wantError(t, err, context.Canceled)
	})
}

// changeAll uses every store.
func changeAll(ctx context.Context, s outbound.Stores, id booking.ID, tickets []*ticket.Ticket, added *show.Show) error {
	if _, err := s.Inbox.FirstTime(ctx, "refunds", "event 1"); err != nil {
		return err
	}
	if err := s.Tickets.Add(ctx, tickets); err != nil {
		return err
	}
	for _, one := range tickets {
		if _, err := s.Tickets.Update(ctx, one.Code(), voided); err != nil {
			return err
		}
	}
	if _, err := s.Bookings.Update(ctx, id, cancelled); err != nil {
		return err
	}
	return s.Shows.Add(ctx, added)
}
