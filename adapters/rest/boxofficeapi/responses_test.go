package boxofficeapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/portico/adapters/rest/boxofficeapi"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/booking"
	"example.com/portico/domain/show"
	"example.com/portico/ports/inbound"
	"example.com/portico/tests/resttest"
)

func TestRouting(t *testing.T) {
	srv := start(t, showing(t))

	for _, path := range []string{"/", "/api/v1", "/api/v1/shows/", "/api/v1/show", "/api//v1/shows", aShowPath + "/seat"} {
		t.Run("answers 404 for "+path, func(t *testing.T) {
			srv.Send(t, "GET", path, "").WantProblem(t, http.StatusNotFound, "not-found")
		})
	}

	t.Run("lists the methods of a path", func(t *testing.T) {
		for path, want := range map[string]string{
			"/api/v1/shows":         "GET, HEAD, POST",
			aShowPath:               "GET, HEAD",
			aShowPath + "/open":     "POST",
			"/api/v1/admissions":    "POST",
			"/docs":                 "GET, HEAD",
			"/api/v1/openapi.yaml":  "GET, HEAD",
			"/problems/seats-taken": "GET, HEAD",
		} {
			a := srv.Send(t, "DELETE", path, "", resttest.As("alice"))
			a.WantProblem(t, http.StatusMethodNotAllowed, "method-not-allowed")
			a.WantHeader(t, "Allow", want)
		}
	})

	t.Run("answers HEAD like GET, but without a body", func(t *testing.T) {
		get, head := srv.Send(t, "GET", aShowPath, ""), srv.Send(t, "HEAD", aShowPath, "")
		if head.Status != get.Status || len(head.Body) != 0 || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("got %d %v %s", head.Status, head.Header, head.Body)
		}
	})

	t.Run("keeps responses out of caches", func(t *testing.T) {
		srv.Send(t, "GET", aShowPath, "").WantHeader(t, "Cache-Control", "no-store")
	})
}

func TestDocs(t *testing.T) {
	srv := start(t, inbound.UseCases{})
	for path, want := range map[string]string{
		"/api/v1/openapi.yaml":       "openapi: 3.",
		"/docs":                      "/api/v1/openapi.yaml",
		"/docs/swagger-ui-bundle.js": "SwaggerUIBundle",
	} {
		t.Run("are served at "+path, func(t *testing.T) {
			if a := srv.Send(t, "GET", path, ""); a.Status != http.StatusOK || !strings.Contains(string(a.Body), want) {
				t.Errorf("got status %d, want 200 with %q: %.200s", a.Status, want, a.Body)
			}
		})
	}
	t.Run("load nothing from a CDN", func(t *testing.T) {
		if a := srv.Send(t, "GET", "/docs", ""); strings.Contains(string(a.Body), "https://") && strings.Contains(string(a.Body), "cdn") {
			t.Errorf("got %s, want no links to other hosts", a.Body)
		}
	})
}

func TestAPI(t *testing.T) {
	srv := start(t, showing(t))

	t.Run("writes amounts in minor units and times in UTC", func(t *testing.T) {
		var got boxofficeapi.Show
		srv.Send(t, "GET", aShowPath, "").Decode(t, &got)
		if got.Tiers[0].Price != (boxofficeapi.Money{Amount: 4500, Currency: "EUR"}) || got.SeatCount != 50 || got.Status != boxofficeapi.ShowStatusOnSale {
			t.Errorf("got %+v", got)
		}
		if !got.StartsAt.Equal(noon.AddDate(1, 0, 0)) || got.StartsAt.Location() != time.UTC {
			t.Errorf("starts at %v", got.StartsAt)
		}
	})

	for _, tt := range []struct{ name, startsAt, zone, want string }{
		{"without a time zone", "2031-07-01T18:30:00Z", ``, `{"2031-07-01T18:30:00Z" "2031-07-01T18:30:00Z" "UTC"}`},
		{"with an empty time zone", "2031-07-01T18:30:00Z", `"timeZone":"",`, `{"2031-07-01T18:30:00Z" "2031-07-01T18:30:00Z" "UTC"}`},
		{"in a time zone other than that of startsAt", "2031-07-01T18:30:00+02:00", `"timeZone":"Asia/Kolkata",`, `{"2031-07-01T16:30:00Z" "2031-07-01T22:00:00+05:30" "Asia/Kolkata"}`},
		{"in winter", "2031-01-15T00:30:00Z", `"timeZone":"America/New_York",`, `{"2031-01-15T00:30:00Z" "2031-01-14T19:30:00-05:00" "America/New_York"}`},
		{"in summer", "2031-07-01T23:30:00Z", `"timeZone":"America/New_York",`, `{"2031-07-01T23:30:00Z" "2031-07-01T19:30:00-04:00" "America/New_York"}`},
	} {
		t.Run("writes the local start of a show "+tt.name, func(t *testing.T) {
			srv := start(t, inbound.UseCases{CreateShow: does[inbound.CreateShow, *show.Show](
				func(_ context.Context, cmd inbound.CreateShow) (*show.Show, error) {
					return show.New(showID, actor.Staff{ID: "olga", Organisation: "globe"}, cmd.Spec, noon)
				})})
			var got struct{ StartsAt, LocalStartsAt, TimeZone string }
			srv.Send(t, "POST", "/api/v1/shows", `{"title":"T","venue":"V","startsAt":"`+tt.startsAt+`",`+tt.zone+`"currency":"EUR",
				"tiers":[{"name":"stalls","price":4500}],"rows":[{"name":"A","seats":2,"tier":"stalls"}]}`, resttest.As("alice")).Decode(t, &got)
			if printed := fmt.Sprintf("%q", got); printed != tt.want {
				t.Errorf("got %s, want %s", printed, tt.want)
			}
		})
	}

	t.Run("shows the status of each seat", func(t *testing.T) {
		var got boxofficeapi.SeatMap
		srv.Send(t, "GET", aShowPath+"/seats", "").Decode(t, &got)
		statuses := []boxofficeapi.SeatStatus{got.Seats[0].Status, got.Seats[1].Status, got.Seats[2].Status}
		if !slices.Equal(statuses, []boxofficeapi.SeatStatus{boxofficeapi.SeatStatusSold, boxofficeapi.SeatStatusHeld, boxofficeapi.SeatStatusFree}) {
			t.Errorf("got %v", statuses)
		}
	})

	t.Run("returns the tickets as a PDF file", func(t *testing.T) {
		pdf := io.NopCloser(strings.NewReader("%PDF-1.7"))
		srv := start(t, inbound.UseCases{DownloadTickets: answers[inbound.DownloadTickets](pdf, nil)})
		a := srv.Send(t, "GET", "/api/v1/bookings/"+bookingID+"/tickets.pdf", "", resttest.As("alice"))
		a.WantHeader(t, "Content-Type", "application/pdf")
		a.WantHeader(t, "Content-Disposition", "attachment; filename=tickets-"+bookingID+".pdf")
		if string(a.Body) != "%PDF-1.7" {
			t.Errorf("got %s", a.Body)
		}
	})
}

func TestConditionalRequest(t *testing.T) {
	srv := start(t, showing(t))
	first := srv.Send(t, "GET", aShowPath+"/seats", "")
	tag := first.Header.Get("ETag")
	first.WantHeader(t, "Cache-Control", "no-cache")

	for name, ifNoneMatch := range map[string]string{
		"the tag": tag, "a strong tag": strings.TrimPrefix(tag, "W/"), "a list with the tag": `"other", ` + tag, "a star": "*",
	} {
		t.Run("is answered without a body for "+name, func(t *testing.T) {
			a := srv.Send(t, "GET", aShowPath+"/seats", "", resttest.Header("If-None-Match", ifNoneMatch))
			a.WantHeader(t, "ETag", tag)
			a.WantHeader(t, "Cache-Control", "no-cache")
			if a.Status != http.StatusNotModified || len(a.Body) != 0 {
				t.Errorf("got %d: %s", a.Status, a.Body)
			}
		})
	}
	t.Run("is answered in full for another tag", func(t *testing.T) {
		if a := srv.Send(t, "GET", aShowPath+"/seats", "", resttest.Header("If-None-Match", `"other"`)); a.Status != http.StatusOK {
			t.Errorf("got status %d, want 200", a.Status)
		}
	})
	t.Run("is answered in full after a seat is sold", func(t *testing.T) {
		sold := booking.Claims{}
		sh := aShow(t)
		srv := start(t, inbound.UseCases{GetSeatMap: does[inbound.GetSeatMap, booking.SeatMap](
			func(context.Context, inbound.GetSeatMap) (booking.SeatMap, error) {
				return booking.NewSeatMap(sh, sold)
			})})
		before := srv.Send(t, "GET", aShowPath+"/seats", "")
		sold["A-1"] = booking.StatusConfirmed
		after := srv.Send(t, "GET", aShowPath+"/seats", "", resttest.Header("If-None-Match", before.Header.Get("ETag")))
		var got boxofficeapi.SeatMap
		after.Decode(t, &got)
		if after.Status != http.StatusOK || got.Seats[0].Status != boxofficeapi.SeatStatusSold || after.Header.Get("ETag") == before.Header.Get("ETag") {
			t.Errorf("got %d %v: %s", after.Status, after.Header, after.Body)
		}
	})
}
