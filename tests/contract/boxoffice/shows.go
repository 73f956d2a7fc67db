package boxoffice

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// RunShows checks an [outbound.Shows].
func RunShows(t *testing.T, open OpenStores) {
	t.Run("returns the show that was added", func(t *testing.T) {
		t.Parallel()
		plain := hamlet()

		free := hamlet()
		free.Currency = "JPY"
		free.Tiers = []show.TierSpec{{Name: "all", Price: 0}}
		free.Rows = []show.Row{{Name: "Z9", Seats: show.MaxSeatsPerRow, Tier: "all"}}

		dear := hamlet()
		dear.Currency = "KWD"
		dear.Tiers = []show.TierSpec{{Name: "box", Price: 1 << 53}, {Name: "unused", Price: 1}}
		dear.Rows = []show.Row{{Name: "b", Seats: 1, Tier: "box"}, {Name: "B", Seats: 2, Tier: "box"}, {Name: "1", Seats: 1, Tier: "box"}}

		foreign := hamlet()
		foreign.Title = `Οἰδίπους Τύραννος – «王» 🎭 e` + "\u0301"
		foreign.Venue = `Théâtre de l'Odéon "%_\" <b>; --`
		foreign.Tiers[0].Name, foreign.Rows[0].Tier = "Stehplätze ½", "Stehplätze ½"

		elsewhere := hamlet()
		elsewhere.StartsAt = showStart.In(kolkata)

		inUTC := hamlet()
		inUTC.TimeZone = nil

		inWinter := hamlet()
		inWinter.StartsAt = showStart.AddDate(0, 6, 0)

		for _, tt := range []struct {
			name string
			spec show.Spec
		}{
			{"with the usual prices", plain},
			{"free of charge", free},
			{"with large prices", dear},
			{"with names in other scripts", foreign},
			{"whose start is given in another time zone", elsewhere},
			{"in UTC", inUTC},
			{"in winter", inWinter},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				stores := open(t)
				added := newDraft(t, globeStaff, tt.spec)
				testkit.Must(t, stores.Shows.Add(t.Context(), added))

				got, err := stores.Shows.Get(t.Context(), added.ID())
				testkit.Must(t, err)
				testkit.WantEqual(t, "show", got.Snapshot(), added.Snapshot())
				testkit.WantEqual(t, "seats", slices.Collect(got.Plan().Seats()), slices.Collect(added.Plan().Seats()))
				testkit.WantEqual(t, "start", got.StartsAt(), tt.spec.StartsAt.UTC())
				testkit.WantEqual(t, "local start", got.LocalStart().Format(time.RFC1123Z), added.LocalStart().Format(time.RFC1123Z))
			})
		}
	})

	t.Run("returns the updated show", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.Shows.Add(t.Context(), sh))
		for _, change := range []func(*show.Show) error{openShow, cancelShow} {
			testkit.Must(t, change(sh))
			updated, err := stores.Shows.Update(t.Context(), sh.ID(), change)
			testkit.Must(t, err)
			testkit.WantEqual(t, "updated show", updated.Snapshot(), sh.Snapshot())
			got, err := stores.Shows.Get(t.Context(), sh.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "stored show", got.Snapshot(), sh.Snapshot())
		}
	})

	t.Run("stores the events of each change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		ctx := ports.WithCorrelationID(t.Context(), "request 1")
		sh := newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.Shows.Add(ctx, sh))
		id := string(sh.ID())
		wantEvents(t, stores.relayAll(t), envelope(id, "request 1", show.Created{
			Show: sh.ID(), Organisation: "globe", Title: "Hamlet", Venue: "Globe Theatre",
			StartsAt: showStart, Seats: 42, At: noon,
		}))

		ctx = ports.WithCorrelationID(t.Context(), "request 2")
		_, err := stores.Shows.Update(ctx, sh.ID(), func(sh *show.Show) error {
			return errors.Join(sh.Open(noon), sh.Cancel(noon))
		})
		testkit.Must(t, err)
		wantEvents(t, stores.relayAll(t),
			envelope(id, "request 2", show.Opened{Show: sh.ID(), At: noon}),
			envelope(id, "request 2", show.Cancelled{Show: sh.ID(), At: noon}))
	})

	t.Run("stores no event when an update changes nothing", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.relayAll(t)
		_, err := stores.Shows.Update(t.Context(), sh.ID(), openShow)
		testkit.Must(t, err)
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("refuses to add a show with an existing id", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		stores.relayAll(t)
		other := sh.Snapshot()
		other.Title = "Macbeth"
		again, err := show.Rehydrate(other)
		testkit.Must(t, err)
		testkit.Must(t, again.Cancel(noon))

		testkit.WantError(t, stores.Shows.Add(t.Context(), again), ports.ErrExists)
		got, err := stores.Shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "show", got.Snapshot(), sh.Snapshot())
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("returns ErrNotFound for an unknown id", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		stores.addShowOnSale(t)
		_, err := stores.Shows.Get(t.Context(), show.ID(newID()))
		testkit.WantError(t, err, ports.ErrNotFound)
		_, err = stores.Shows.Update(t.Context(), show.ID(newID()), func(*show.Show) error {
			t.Error("the change was run")
			return nil
		})
		testkit.WantError(t, err, ports.ErrNotFound)
	})

	t.Run("changes nothing when the update function fails or panics", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.Shows.Add(t.Context(), sh))
		stores.relayAll(t)

		failure := errors.New("no")
		_, err := stores.Shows.Update(t.Context(), sh.ID(), func(sh *show.Show) error {
			testkit.Must(t, openShow(sh))
			return failure
		})
		testkit.WantError(t, err, failure)
		testkit.WantPanic(t, "no", func() {
			_, _ = stores.Shows.Update(t.Context(), sh.ID(), func(sh *show.Show) error {
				testkit.Must(t, openShow(sh))
				panic("no")
			})
		})

		got, err := stores.Shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "show", got.Snapshot(), sh.Snapshot())
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("returns copies that the caller may change", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		added := newDraft(t, globeStaff, hamlet())
		stored := added.Snapshot()
		testkit.Must(t, stores.Shows.Add(t.Context(), added))
		got, err := stores.Shows.Get(t.Context(), added.ID())
		testkit.Must(t, err)
		var leaked *show.Show
		updated, err := stores.Shows.Update(t.Context(), added.ID(), func(sh *show.Show) error {
			leaked = sh
			return nil
		})
		testkit.Must(t, err)
		stores.relayAll(t)

		for _, mine := range []*show.Show{added, got, leaked, updated} {
			testkit.Must(t, mine.Cancel(noon))
			now, err := stores.Shows.Get(t.Context(), added.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "show", now.Snapshot(), stored)
		}
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("opens each show only once despite concurrent updates", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		var ids []show.ID
		for range 20 {
			sh := newDraft(t, globeStaff, hamlet())
			testkit.Must(t, stores.Shows.Add(t.Context(), sh))
			ids = append(ids, sh.ID())
		}
		testkit.RunConcurrently(40, func(i int) {
			if _, err := stores.Shows.Update(t.Context(), ids[i/2], openShow); err != nil {
				t.Errorf("update: %v", err)
			}
		})
		events := stores.relayAll(t)
		for _, id := range ids {
			testkit.WantEqual(t, "events", typesOf(events, string(id)), []string{"show.created", "show.opened"})
		}
	})

	t.Run("accepts only one show when several with the same id are added concurrently", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		testkit.InParallelRounds(t, func(t *testing.T) {
			sh := newShowOnSale(t)
			errs := make([]error, 5)
			testkit.RunConcurrently(len(errs), func(i int) { errs[i] = stores.Shows.Add(t.Context(), sh) })
			testkit.WantEqual(t, "shows added", testkit.Succeeded(errs), 1)
			for _, err := range errs {
				if err != nil {
					testkit.WantError(t, err, ports.ErrExists)
				}
			}
		})
	})

	t.Run("does nothing if the context is already cancelled", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.Shows.Add(t.Context(), sh))
		stores.relayAll(t)

		other := newShowOnSale(t)
		testkit.WantError(t, stores.Shows.Add(testkit.CancelledContext(t), other), context.Canceled)
		_, err := stores.Shows.Get(testkit.CancelledContext(t), sh.ID())
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Shows.Update(testkit.CancelledContext(t), sh.ID(), openShow)
		testkit.WantError(t, err, context.Canceled)
		_, err = stores.Shows.List(testkit.CancelledContext(t), outbound.ShowQuery{Limit: 1})
		testkit.WantError(t, err, context.Canceled)

		_, err = stores.Shows.Get(t.Context(), other.ID())
		testkit.WantError(t, err, ports.ErrNotFound)
		got, err := stores.Shows.Get(t.Context(), sh.ID())
		testkit.Must(t, err)
		testkit.WantEqual(t, "show", got.Snapshot(), sh.Snapshot())
		wantEvents(t, stores.relayAll(t))
	})

	t.Run("counts the drafts of an organisation", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		wantDrafts := func(org actor.Organisation, want int) {
			t.Helper()
			got, err := stores.Shows.CountDrafts(t.Context(), org)
			testkit.Must(t, err)
			testkit.WantEqual(t, "drafts of "+string(org), got, want)
		}
		wantDrafts("globe", 0)
		for range 3 {
			testkit.Must(t, stores.Shows.Add(t.Context(), newDraft(t, globeStaff, hamlet())))
		}
		stores.addShowOnSale(t)
		stores.cancelShow(t, stores.addShowOnSale(t).ID())
		testkit.Must(t, stores.Shows.Add(t.Context(), newDraft(t, actor.Staff{ID: "x", Organisation: "rose"}, hamlet())))
		wantDrafts("globe", 3)
		wantDrafts("rose", 1)
		wantDrafts("swan", 0)
	})

	t.Run("winds up cancelled shows without a live booking", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		cancelledAt := newShowOnSale(t)
		testkit.Must(t, cancelShow(cancelledAt))
		at := cancelledAt.Snapshot().CancelledAt
		windUp := func(by time.Time, want int) {
			t.Helper()
			got, err := stores.Shows.WindUp(t.Context(), by)
			testkit.Must(t, err)
			testkit.WantEqual(t, "shows wound up by "+by.String(), got, want)
		}
		windUp(at, 0)
		onSale, neverOpened := stores.addShowOnSale(t), newDraft(t, globeStaff, hamlet())
		testkit.Must(t, stores.Shows.Add(t.Context(), newDraft(t, globeStaff, hamlet())))
		testkit.Must(t, stores.Shows.Add(t.Context(), neverOpened))
		stores.cancelShow(t, neverOpened.ID())
		stores.addBooking(t, onSale, "A-1")
		var live []booking.ID
		for _, change := range []func(*booking.Booking) error{requestPayment, confirmPayment, func(*booking.Booking) error { return nil }} {
			sh := stores.addShowOnSale(t)
			live = append(live, stores.updateBooking(t, stores.addBooking(t, sh, "A-1").ID(), change).ID())
			stores.updateBooking(t, stores.addBooking(t, sh, "A-2").ID(), cancelBooking)
			stores.cancelShow(t, sh.ID())
		}
		windUp(showStart, 0)

		ended := stores.addShowOnSale(t)
		stores.updateBooking(t, stores.addBooking(t, ended, "A-1").ID(), expireHold)
		stores.cancelShow(t, ended.ID())
		testkit.Must(t, stores.Shows.Add(t.Context(), cancelledAt))
		windUp(at.Add(-time.Microsecond), 0)
		windUp(at.In(kolkata), 2)
		windUp(showStart, 0)

		stores.updateBooking(t, live[0], declinePayment)
		stores.updateBooking(t, live[0], func(b *booking.Booking) error { return b.CancelByShow(noon) })
		windUp(at, 1)
		for _, sh := range []*show.Show{ended, cancelledAt} {
			found, err := stores.Shows.Get(t.Context(), sh.ID())
			testkit.Must(t, err)
			testkit.WantEqual(t, "status of a show that is wound up", found.Status(), show.StatusCancelled)
		}
		_, err := stores.Shows.WindUp(testkit.CancelledContext(t), showStart)
		testkit.WantError(t, err, context.Canceled)
	})

	t.Run("list", func(t *testing.T) { runShowLists(t, open) })
}

func runShowLists(t *testing.T, open OpenStores) {
	t.Run("returns the newest first, page by page", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		made := []*show.Show{newShowOnSale(t), newShowOnSale(t), newShowOnSale(t), newShowOnSale(t), newShowOnSale(t)}
		for _, i := range []int{3, 0, 4, 1, 2} {
			testkit.Must(t, stores.Shows.Add(t.Context(), made[i]))
		}
		newest := []show.ID{made[4].ID(), made[3].ID(), made[2].ID(), made[1].ID(), made[0].ID()}

		wantList := func(after show.ID, limit int, want []show.ID) {
			t.Helper()
			testkit.WantEqual(t, "page", listShows(t, stores, outbound.ShowQuery{After: after, Limit: limit}), want)
		}
		wantList("", 2, newest[:2])
		wantList(newest[1], 2, newest[2:4])
		wantList(newest[3], 2, newest[4:])
		wantList(newest[4], 2, nil)
		wantList("", 5, newest)
		wantList("", 100, newest)
	})

	t.Run("returns summaries of the shows", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		sh := stores.addShowOnSale(t)
		page, err := stores.Shows.List(t.Context(), outbound.ShowQuery{Limit: 1})
		testkit.Must(t, err)
		testkit.WantEqual(t, "page", page, []show.Summary{sh.Summary()})
	})

	t.Run("returns shows that were never on sale only to their own organisation", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		add := func(organisation actor.Organisation, changes ...func(*show.Show) error) show.ID {
			t.Helper()
			sh := newDraft(t, actor.Staff{ID: "x", Organisation: organisation}, hamlet())
			for _, change := range changes {
				testkit.Must(t, change(sh))
			}
			testkit.Must(t, stores.Shows.Add(t.Context(), sh))
			return sh.ID()
		}
		draftOfGlobe := add("globe")
		onSale := add("globe", openShow)
		draftOfRose := add("rose")
		cancelledAtRose := add("rose", openShow, cancelShow)
		neverOpened := add("rose", cancelShow)
		cancelledLater := add("globe")
		stores.cancelShow(t, cancelledLater)

		for _, tt := range []struct {
			organisation actor.Organisation
			want         []show.ID
		}{
			{"", []show.ID{cancelledAtRose, onSale}},
			{"globe", []show.ID{cancelledLater, cancelledAtRose, onSale, draftOfGlobe}},
			{"rose", []show.ID{neverOpened, cancelledAtRose, draftOfRose, onSale}},
			{"swan", []show.ID{cancelledAtRose, onSale}},
		} {
			for _, text := range []string{"", "Ham", "Ha"} {
				got := listShows(t, stores, outbound.ShowQuery{UnopenedOf: tt.organisation, Text: text, Limit: 10})
				testkit.WantEqual(t, "shows for "+string(tt.organisation)+" with "+text, got, tt.want)
			}
		}
	})

	t.Run("returns the shows whose title or venue contains the text", func(t *testing.T) {
		t.Parallel()
		stores := open(t)
		add := func(title, venue string) show.ID {
			t.Helper()
			spec := hamlet()
			spec.Title, spec.Venue = title, venue
			sh := newDraft(t, globeStaff, spec)
			testkit.Must(t, sh.Open(noon))
			testkit.Must(t, stores.Shows.Add(t.Context(), sh))
			return sh.ID()
		}
		hamlet := add("Hamlet", "Globe Theatre")
		percent := add("100% Macbeth", "Rose")
		underscore := add("snake_case", "Rose")
		backslash := add(`back\slash`, "L'Odéon")
		oedipus := add("König Ödipus", "Globe")
		quoted := add(`"A" OR 王様 🎭🎭`, "Swan")
		all := []show.ID{quoted, oedipus, backslash, underscore, percent, hamlet}

		for _, tt := range []struct {
			text string
			want []show.ID
		}{
			{"", all},
			{"Hamlet", []show.ID{hamlet}},
			{"hAMLEt", []show.ID{hamlet}},
			{"aml", []show.ID{hamlet}},
			{"GLOBE", []show.ID{oedipus, hamlet}},
			{"globe t", []show.ID{hamlet}},
			{"%", []show.ID{percent}},
			{"0% m", []show.ID{percent}},
			{"_", []show.ID{underscore}},
			{`\`, []show.ID{backslash}},
			{`\s`, []show.ID{backslash}},
			{"'", []show.ID{backslash}},
			{"Ödipus", []show.ID{oedipus}},
			{"NIG Ödip", []show.ID{oedipus}},
			{"ödipus", nil},
			{"KÖNIG ÖDIPUS", nil},
			{"k", []show.ID{oedipus, backslash, underscore}},
			{"HA", []show.ID{hamlet}},
			{"Ö", []show.ID{oedipus}},
			{"nö", nil},
			{"Kö", []show.ID{oedipus}},
			{"Kön", []show.ID{oedipus}},
			{"王", []show.ID{quoted}},
			{"王様", []show.ID{quoted}},
			{"王様 ", []show.ID{quoted}},
			{"🎭🎭", []show.ID{quoted}},
			{" 🎭🎭", []show.ID{quoted}},
			{"🎭🎭🎭", nil},
			{`"`, []show.ID{quoted}},
			{`"A"`, []show.ID{quoted}},
			{`" or`, []show.ID{quoted}},
			{`""A`, nil},
			{"ham*", nil},
			{"hamlet OR rose", nil},
			{"title:hamlet", nil},
			{"   ", nil},
			{"e T", []show.ID{hamlet}},
			{"%%%", nil},
			{"___", nil},
			{`\%`, nil},
			{`\\\`, nil},
			{"e_c", []show.ID{underscore}},
			{"ham\x00let", nil},
			{"\x00\x00\x00", nil},
			{"ham\xff", nil},
			{"h_mlet", nil},
			{"h%t", nil},
			{"amletg", nil},
			{"tGlobe", nil},
		} {
			got := listShows(t, stores, outbound.ShowQuery{Text: tt.text, Limit: 10})
			testkit.WantEqual(t, "shows with "+tt.text, got, tt.want)
		}

		got := listShows(t, stores, outbound.ShowQuery{Text: "globe", After: oedipus, Limit: 1})
		testkit.WantEqual(t, "second page of the Globe", got, []show.ID{hamlet})
		got = listShows(t, stores, outbound.ShowQuery{Text: "rose", Limit: 1})
		testkit.WantEqual(t, "first page of the Rose", got, []show.ID{underscore})
	})
}

func listShows(t *testing.T, stores Stores, q outbound.ShowQuery) []show.ID {
	t.Helper()
	page, err := stores.Shows.List(t.Context(), q)
	testkit.Must(t, err)
	var ids []show.ID
	for _, sh := range page {
		ids = append(ids, sh.ID)
	}
	return ids
}
