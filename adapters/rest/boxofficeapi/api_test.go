package boxofficeapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"example.com/portico/adapters/rest"
	"example.com/portico/adapters/rest/boxofficeapi"
	"example.com/portico/api"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/tests/resttest"
)

// The type does lets a function implement a use case.
type does[C, R any] func(context.Context, C) (R, error)

func (f does[C, R]) Handle(ctx context.Context, command C) (R, error) { return f(ctx, command) }

// answers returns a use case that returns result and err.
func answers[C, R any](result R, err error) does[C, R] {
	return func(context.Context, C) (R, error) { return result, err }
}

func start(t *testing.T, uc inbound.UseCases) *resttest.Server {
	t.Helper()
	alice, err := actor.New("alice", "alice@example.com", "globe", role.Customer, role.Organiser, role.Door)
	if err != nil {
		t.Fatal(err)
	}
	return resttest.Start(t, api.OpenAPI, func(report ports.ErrorReporter) http.Handler {
		return boxofficeapi.New(uc, resttest.Tokens{"alice": alice}, nil, rest.Config{}, report)
	})
}

const (
	showID     = "01985e2a-77c4-7d3e-9b0a-5a4f6a1c9d10"
	bookingID  = "01985e2b-02f1-7a90-8c1d-6a1f0e3b7c42"
	newBooking = `{"showId": "` + showID + `", "seats": ["A-1"]}`
)

var withKey = resttest.Header("Idempotency-Key", "key-1")

func aShow(t *testing.T) *show.Show {
	t.Helper()
	sh, err := show.New(showID, actor.Staff{ID: "olga", Organisation: "globe"}, show.Spec{
		Title: "The Tempest", Venue: "Globe", StartsAt: noon.AddDate(1, 0, 0), Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}},
		Rows:  []show.Row{{Name: "A", Seats: 50, Tier: "stalls"}},
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.Open(noon); err != nil {
		t.Fatal(err)
	}
	return sh
}

func aBooking(t *testing.T) *booking.Booking {
	t.Helper()
	b, err := booking.Hold(bookingID, aShow(t), actor.Person{ID: "alice"}, []show.Label{"A-1"}, noon, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var noon = time.Date(2030, 1, 15, 12, 0, 0, 0, time.UTC)

// showing returns stub use cases that always answer with the same show and its seat map.
func showing(t *testing.T) inbound.UseCases {
	t.Helper()
	sh := aShow(t)
	m, err := booking.NewSeatMap(sh, booking.Claims{"A-1": booking.StatusConfirmed, "A-2": booking.StatusHeld})
	if err != nil {
		t.Fatal(err)
	}
	return inbound.UseCases{
		GetShow:    answers[inbound.GetShow](sh, nil),
		GetSeatMap: answers[inbound.GetSeatMap](m, nil),
		ListShows:  answers[inbound.ListShows](ports.Page[show.Summary]{Items: []show.Summary{sh.Summary()}}, nil),
	}
}

// failing returns use cases whose GetShow fails with err.
func failing(err error) inbound.UseCases {
	return inbound.UseCases{GetShow: answers[inbound.GetShow]((*show.Show)(nil), err)}
}

const aShowPath = "/api/v1/shows/" + showID
