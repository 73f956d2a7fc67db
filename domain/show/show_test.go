package show_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/portico/domain/actor"
	"example.com/portico/domain/event"
	"example.com/portico/domain/invalid"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
)

var (
	noon    = time.Date(2031, time.May, 4, 12, 0, 0, 0, time.UTC)
	curtain = time.Date(2031, time.May, 4, 19, 30, 0, 0, time.UTC)
	globe   = actor.Staff{ID: "will", Organisation: "globe"}
)

func hamlet() show.Spec {
	return show.Spec{
		Title: "Hamlet", Venue: "Globe Theatre", StartsAt: curtain, Currency: "EUR",
		Tiers: []show.TierSpec{{Name: "stalls", Price: 4500}, {Name: "balcony", Price: 2000}},
		Rows:  []show.Row{{Name: "A", Seats: 12, Tier: "stalls"}, {Name: "B", Seats: 3, Tier: "balcony"}},
	}
}

func TestNew(t *testing.T) {
	t.Run("creates a draft for the organiser's organisation", func(t *testing.T) {
		spec := hamlet()
		spec.StartsAt = curtain.Add(999 * time.Nanosecond).In(time.FixedZone("CEST", 2*60*60))
		s, err := show.New("s1", globe, spec, noon)
		if err != nil {
			t.Fatal(err)
		}
		if s.ID() != "s1" || s.Organisation() != "globe" || s.Title() != "Hamlet" || s.Venue() != "Globe Theatre" ||
			s.StartsAt() != curtain || s.Plan().Len() != 15 || s.Status() != show.StatusDraft || s.CreatedAt() != noon {
			t.Errorf("got %+v", s.Snapshot())
		}
		wantEvents(t, s, show.Created{
			Show: "s1", Organisation: "globe", Title: "Hamlet", Venue: "Globe Theatre", StartsAt: curtain, Seats: 15, At: noon,
		})
	})

	t.Run("copies the rows", func(t *testing.T) {
		spec := hamlet()
		s, err := show.New("s1", globe, spec, noon)
		if err != nil {
			t.Fatal(err)
		}
		spec.Rows[0].Name = "Z"
		if _, ok := s.Plan().Seat("A-1"); !ok || s.Plan().Rows()[0].Name != "A" {
			t.Error("the plan changed with the slice of the caller")
		}
	})

	t.Run("keeps the time zone of the venue, UTC by default", func(t *testing.T) {
		newYork, err := time.LoadLocation("America/New_York")
		wantNoError(t, err)
		for want, zone := range map[string]*time.Location{"19:30 UTC": nil, "15:30 EDT": newYork} {
			spec := hamlet()
			spec.TimeZone = zone
			s, err := show.New("s1", globe, spec, noon)
			wantNoError(t, err)
			if got := s.LocalStart().Format("15:04 MST"); got != want || s.StartsAt() != curtain {
				t.Errorf("got %s and %s, want %s and %s", got, s.StartsAt(), want, curtain)
			}
		}
	})

	for _, c := range []struct {
		name   string
		spoil  func(*show.Spec)
		fields []string
	}{
		{"refuses a show without a title", func(s *show.Spec) { s.Title = " \t" }, []string{"title"}},
		{"refuses a title of several lines", func(s *show.Spec) { s.Title = "Ham\nlet" }, []string{"title"}},
		{"refuses a title that is not UTF-8", func(s *show.Spec) { s.Title = "Ham\xfflet" }, []string{"title"}},
		{"refuses a title that is too long", func(s *show.Spec) { s.Title = strings.Repeat("é", 201) }, []string{"title"}},
		{"refuses a show without a venue", func(s *show.Spec) { s.Venue = "" }, []string{"venue"}},
		{"refuses a show that has started", func(s *show.Spec) { s.StartsAt = noon }, []string{"startsAt"}},
		{"refuses a year of five digits in UTC", func(s *show.Spec) {
			s.StartsAt = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -5*60*60))
		}, []string{"startsAt"}},
		{"refuses a year of five digits at the venue", func(s *show.Spec) {
			s.StartsAt, s.TimeZone = time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), time.FixedZone("", 5*60*60)
		}, []string{"startsAt"}},
		{"reports a negative price once", func(s *show.Spec) { s.Tiers[0].Price = -1 }, []string{"tiers/0/price"}},
		{"refuses a year of five digits", func(s *show.Spec) { s.StartsAt = curtain.AddDate(9000, 0, 0) }, []string{"startsAt"}},
		{"refuses an unknown currency", func(s *show.Spec) { s.Currency = "XXX" }, []string{"currency"}},
		{"refuses a negative price", func(s *show.Spec) { s.Tiers = s.Tiers[:1]; s.Tiers[0].Price = -1; s.Rows = s.Rows[:1] }, []string{"tiers/0/price"}},
		{"refuses a show without tiers", func(s *show.Spec) { s.Tiers = nil }, []string{"tiers", "rows/0/tier", "rows/1/tier"}},
		{"refuses a tier without a name", func(s *show.Spec) { s.Tiers[1].Name = ""; s.Rows[1].Tier = "" }, []string{"tiers/1/name"}},
		{"refuses two tiers with the same name", func(s *show.Spec) { s.Tiers = append(s.Tiers, s.Tiers[0]) }, []string{"tiers/2/name"}},
		{"refuses too many tiers", func(s *show.Spec) { s.Tiers = manyTiers(show.MaxTiers + 1) }, []string{"tiers", "rows/0/tier", "rows/1/tier"}},
		{"refuses a show without rows", func(s *show.Spec) { s.Rows = nil }, []string{"rows"}},
		{"refuses a row without a name", func(s *show.Spec) { s.Rows[0].Name = "" }, []string{"rows/0/name"}},
		{"refuses a row name with a dash", func(s *show.Spec) { s.Rows[0].Name = "A-1" }, []string{"rows/0/name"}},
		{"refuses a row name that is not ASCII", func(s *show.Spec) { s.Rows[0].Name = "É" }, []string{"rows/0/name"}},
		{"refuses a row name that is too long", func(s *show.Spec) { s.Rows[0].Name = "ABCDEFGHI" }, []string{"rows/0/name"}},
		{"refuses two rows with the same name", func(s *show.Spec) { s.Rows[1].Name = "A" }, []string{"rows/1/name"}},
		{"refuses a row with an unknown tier", func(s *show.Spec) { s.Rows[1].Tier = "box" }, []string{"rows/1/tier"}},
		{"refuses a row without seats", func(s *show.Spec) { s.Rows[1].Seats = 0 }, []string{"rows/1/seats"}},
		{"refuses a row with too many seats", func(s *show.Spec) { s.Rows[1].Seats = show.MaxSeatsPerRow + 1 }, []string{"rows/1/seats"}},
		{"refuses too many seats", func(s *show.Spec) { s.Rows = manyRows(41) }, []string{"rows"}},
		{"refuses too many rows", func(s *show.Spec) { s.Rows = narrowRows(show.MaxRows + 1) }, []string{"rows"}},
		{"refuses prices whose total overflows", func(s *show.Spec) { s.Tiers[0].Price = math.MaxInt64 / 12; s.Tiers[1].Price = 1000 }, []string{"tiers"}},
		{
			"refuses prices whose total of one row overflows",
			func(s *show.Spec) { s.Tiers[0].Price = math.MaxInt64/12 + 1 }, []string{"tiers"},
		},
		{
			"reports every problem at once",
			func(s *show.Spec) {
				s.Title, s.Venue, s.StartsAt, s.Currency, s.Rows[0].Seats = "", "", noon, "", -1
			}, []string{"title", "venue", "startsAt", "currency", "rows/0/seats"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := hamlet()
			c.spoil(&spec)
			_, err := show.New("s1", globe, spec, noon)
			var refused *invalid.Error
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want one of *invalid.Error", err)
			}
			var fields []string
			for _, p := range refused.Problems {
				fields = append(fields, p.Field)
			}
			if !slices.Equal(fields, c.fields) {
				t.Errorf("error %v, want problems with %v", refused, c.fields)
			}
		})
	}

	t.Run("accepts the largest plan", func(t *testing.T) {
		spec := hamlet()
		spec.Title = strings.Repeat("é", 200)
		spec.Tiers = append(spec.Tiers, manyTiers(show.MaxTiers-2)...)
		spec.Rows = manyRows(40)
		s, err := show.New("s1", globe, spec, noon)
		if err != nil {
			t.Fatal(err)
		}
		if s.Plan().Len() != show.MaxSeats {
			t.Errorf("%d seats, want %d", s.Plan().Len(), show.MaxSeats)
		}
	})
}

func TestNamesAreVisibleText(t *testing.T) {
	// problems returns the fields that New refuses if all texts are the same.
	problems := func(text string) (fields []string) {
		spec := hamlet()
		spec.Title, spec.Venue, spec.Tiers[0].Name, spec.Rows[0].Tier = text, text, text, text
		_, err := show.New("s1", globe, spec, noon)
		if refused, ok := errors.AsType[*invalid.Error](err); ok {
			for _, p := range refused.Problems {
				fields = append(fields, p.Field)
			}
		}
		return fields
	}
	for name, text := range map[string]string{
		"no character":                 "",
		"spaces":                       "\u0020\u00a0\u2003\u3000",
		"a zero-width space":           "\u200b",
		"a soft hyphen":                "\u00ad",
		"joiners":                      "\u200c\u200d",
		"a byte order mark":            "\ufeff",
		"a word joiner between spaces": " \u2060 ",
		"tag characters":               "\U000e0048\U000e0069",
		"combining marks":              "\u0301\u0308",
		"a combining mark on a space":  " \u0301",
		"an enclosing mark":            "\u20e3",
		"a variation selector":         "\ufe0f",
		"Hangul fillers":               "\u115f\u1160\u3164\uffa0",
		"a blank Braille pattern":      "\u2800",
		"a private-use character":      "\ue000",
		"a line separator":             "Ham\u2028let",
		"a paragraph separator":        "Ham\u2029let",
		"a control character":          "Ham\u0085let",
		"a right-to-left override":     "Ham\u202elet",
		"a left-to-right embedding":    "Ham\u202alet\u202c",
		"a left-to-right override":     "Ham\u202dlet",
		"a right-to-left embedding":    "Ham\u202blet",
		"a right-to-left isolate":      "Ham\u2067let\u2069",
		"other isolates":               "Ham\u2066l\u2069e\u2068t\u2069",
		"a left-to-right mark":         "Hamlet\u200e",
		"a right-to-left mark":         "Hamlet\u200f",
		"an Arabic letter mark":        "Hamlet\u061c",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			want := []string{"title", "venue", "tiers/0/name"}
			if got := problems(text); !slices.Equal(got, want) {
				t.Errorf("got problems with %q for %+q, want %q", got, text, want)
			}
		})
	}
	for name, text := range map[string]string{
		"a letter":                         "H",
		"a digit":                          "7",
		"punctuation":                      "?!",
		"a symbol":                         "€",
		"accents":                          "e\u0301 \u00e9",
		"a joiner in Persian":              "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
		"Hebrew":                           "\u05d4\u05de\u05dc\u05d8",
		"Arabic beside Latin":              "\u0647\u0627\u0645\u0644\u062a (Hamlet)",
		"a joiner in Sinhala":              "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
		"vowel signs in Hindi":             "\u0939\u0948\u092e\u0932\u0947\u091f",
		"Hangul":                           "\ud584\ub9bf",
		"Chinese":                          "\u54c8\u59c6\u96f7\u7279",
		"a family of joined emoji":         "\U0001f468\u200d\U0001f469\u200d\U0001f467",
		"an emoji with a variation":        "\u2764\ufe0f",
		"a flag of tag characters":         "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"a soft hyphen in a word":          "Schau\u00adspiel",
		"a zero-width space between words": "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u200b\u0e04\u0e23\u0e31\u0e1a",
		"a Braille letter":                 "\u2813",
	} {
		t.Run("accepts "+name, func(t *testing.T) {
			if got := problems(text); got != nil {
				t.Errorf("got problems with %q for %+q, want none", got, text)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Run("puts a draft on sale", func(t *testing.T) {
		s := draft(t)
		wantNoError(t, s.Open(noon))
		wantStatus(t, s, show.StatusOnSale)
		wantEvents(t, s, show.Opened{Show: "s1", At: noon})
	})
	t.Run("leaves a show that is on sale unchanged, even after its start", func(t *testing.T) {
		s := onSale(t)
		wantNoError(t, s.Open(curtain))
		wantStatus(t, s, show.StatusOnSale)
		wantEvents(t, s)
	})
	t.Run("refuses a cancelled show", func(t *testing.T) {
		s := cancelled(t)
		wantNotOnSale(t, s.Open(noon), show.NotOnSaleError{Status: show.StatusCancelled})
		wantEvents(t, s)
	})
	t.Run("refuses a draft after its start", func(t *testing.T) {
		s := draft(t)
		wantNotOnSale(t, s.Open(curtain), show.NotOnSaleError{Status: show.StatusDraft, Started: true})
		wantStatus(t, s, show.StatusDraft)
		wantEvents(t, s)
	})
}

func TestCancel(t *testing.T) {
	t.Run("cancels a show on sale", func(t *testing.T) {
		s := onSale(t)
		wantNoError(t, s.Cancel(noon))
		wantStatus(t, s, show.StatusCancelled)
		wantEvents(t, s, show.Cancelled{Show: "s1", At: noon})
	})
	t.Run("cancels a draft", func(t *testing.T) {
		s := draft(t)
		wantNoError(t, s.Cancel(noon))
		wantStatus(t, s, show.StatusCancelled)
	})
	t.Run("leaves a cancelled show unchanged", func(t *testing.T) {
		s := cancelled(t)
		wantNoError(t, s.Cancel(curtain))
		wantEvents(t, s)
	})
	t.Run("refuses a show that has started", func(t *testing.T) {
		s := onSale(t)
		wantNotOnSale(t, s.Cancel(curtain), show.NotOnSaleError{Status: show.StatusOnSale, Started: true})
		wantStatus(t, s, show.StatusOnSale)
		wantEvents(t, s)
	})
}

func TestCheckOnSale(t *testing.T) {
	t.Run("accepts a show on sale until it starts", func(t *testing.T) {
		wantNoError(t, onSale(t).CheckOnSale(curtain.Add(-time.Nanosecond)))
	})
	t.Run("refuses a show that has started", func(t *testing.T) {
		wantNotOnSale(t, onSale(t).CheckOnSale(curtain), show.NotOnSaleError{Status: show.StatusOnSale, Started: true})
	})
	t.Run("refuses a draft", func(t *testing.T) {
		wantNotOnSale(t, draft(t).CheckOnSale(noon), show.NotOnSaleError{Status: show.StatusDraft})
	})
	t.Run("reports a cancelled show as cancelled, even after its start", func(t *testing.T) {
		wantNotOnSale(t, cancelled(t).CheckOnSale(curtain), show.NotOnSaleError{Status: show.StatusCancelled})
	})
	t.Run("states the reason for the refusal", func(t *testing.T) {
		for want, err := range map[string]error{
			"the show has started":   onSale(t).CheckOnSale(curtain),
			"the show is a draft":    draft(t).CheckOnSale(noon),
			"the show was cancelled": cancelled(t).CheckOnSale(noon),
		} {
			if err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
		}
	})
}

func TestVisibleTo(t *testing.T) {
	ofGlobe, err := actor.New("will", "", "globe", role.Organiser)
	wantNoError(t, err)
	ofRose, err := actor.New("kit", "", "rose", role.Organiser)
	wantNoError(t, err)

	t.Run("hides a show that was never on sale from everyone except organisers of its organisation", func(t *testing.T) {
		neverOpened := draft(t)
		wantNoError(t, neverOpened.Cancel(noon))
		for _, s := range []*show.Show{draft(t), neverOpened, loaded(t, neverOpened)} {
			if !s.VisibleTo(ofGlobe) || s.VisibleTo(ofRose) || s.VisibleTo(actor.Anonymous) {
				t.Errorf("with status %s, visible to its organiser: %t, to another: %t, to anonymous callers: %t",
					s.Status(), s.VisibleTo(ofGlobe), s.VisibleTo(ofRose), s.VisibleTo(actor.Anonymous))
			}
		}
	})
	t.Run("allows everyone to see any other show", func(t *testing.T) {
		for _, s := range []*show.Show{onSale(t), cancelled(t)} {
			if !s.VisibleTo(ofRose) || !s.VisibleTo(actor.Anonymous) {
				t.Errorf("a show with status %s is hidden", s.Status())
			}
		}
	})
}

func TestClone(t *testing.T) {
	s := onSale(t)
	clone := s.Clone()
	if diff := cmp.Diff(s.Plan().Len(), clone.Plan().Len()); diff != "" {
		t.Errorf("number of seats (-want +got):\n%s", diff)
	}
	wantNoError(t, clone.Cancel(noon))
	wantStatus(t, s, show.StatusOnSale)
	wantEvents(t, s)
	wantStatus(t, clone, show.StatusCancelled)
	wantEvents(t, clone, show.Cancelled{Show: "s1", At: noon})
}

func TestParseStatus(t *testing.T) {
	for _, s := range []show.Status{show.StatusDraft, show.StatusOnSale, show.StatusCancelled} {
		if got, err := show.ParseStatus(s.String()); err != nil || got != s {
			t.Errorf("ParseStatus(%q) = %q, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "on sale", "Draft"} {
		if got, err := show.ParseStatus(name); err == nil {
			t.Errorf("ParseStatus(%q) = %q, want an error", name, got)
		}
	}
}

func TestRehydrate(t *testing.T) {
	t.Run("restores a show with its times in UTC and without events", func(t *testing.T) {
		want := cancelled(t).Snapshot()
		stored := want
		stored.StartsAt, stored.CreatedAt = want.StartsAt.In(time.FixedZone("", 3600)), want.CreatedAt.In(time.FixedZone("", -3600))
		stored.OpenedAt, stored.CancelledAt = want.OpenedAt.In(time.FixedZone("", 7200)), want.CancelledAt.In(time.FixedZone("", 1800))
		s, err := show.Rehydrate(stored)
		wantNoError(t, err)
		if got := s.Snapshot(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		wantEvents(t, s)
	})
	t.Run("checks no business rules", func(t *testing.T) {
		stored := draft(t).Snapshot()
		stored.StartsAt, stored.Title = time.Time{}, ""
		if _, err := show.Rehydrate(stored); err != nil {
			t.Error(err)
		}
	})
	t.Run("rejects an incomplete snapshot", func(t *testing.T) {
		for name, spoil := range map[string]func(*show.Snapshot){
			"id":                           func(v *show.Snapshot) { v.ID = "" },
			"status":                       func(v *show.Snapshot) { v.Status = show.Status{} },
			"tiers":                        func(v *show.Snapshot) { v.Tiers = nil },
			"rows":                         func(v *show.Snapshot) { v.Rows = nil },
			"the time of its opening":      func(v *show.Snapshot) { v.Status = show.StatusOnSale },
			"the time of its cancellation": func(v *show.Snapshot) { v.Status = show.StatusCancelled },
		} {
			stored := draft(t).Snapshot()
			spoil(&stored)
			if _, err := show.Rehydrate(stored); err == nil {
				t.Errorf("Rehydrate accepted a snapshot without %s", name)
			}
		}
	})
}

// TestAnySequence opens and cancels a show in random order at random times. The status
// must change only as allowed and never after the start, and each change must record its
// event.
func TestAnySequence(t *testing.T) {
	allowed := map[[2]show.Status]string{
		{show.StatusDraft, show.StatusOnSale}:     "show.opened",
		{show.StatusDraft, show.StatusCancelled}:  "show.cancelled",
		{show.StatusOnSale, show.StatusCancelled}: "show.cancelled",
	}
	rapid.Check(t, func(t *rapid.T) {
		s, err := show.New("s1", globe, hamlet(), noon)
		if err != nil {
			t.Fatal(err)
		}
		first, now := s.Snapshot(), noon
		ask := func(do func(time.Time) error) func(*rapid.T) {
			return func(t *rapid.T) {
				before, events := s.Status(), len(s.Events())
				err := do(now)
				after := s.Status()
				recorded := s.Events()[events:]
				if before == after {
					if len(recorded) > 0 {
						t.Errorf("status is still %s, but recorded %v", after, recorded)
					}
					return
				}
				want, ok := allowed[[2]show.Status{before, after}]
				if !ok || err != nil || !now.Before(curtain) || len(recorded) != 1 || recorded[0].EventType() != want {
					t.Errorf("from %s to %s at %s with %v and error %v", before, after, now, recorded, err)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"open":   ask(s.Open),
			"cancel": ask(s.Cancel),
			"wait":   func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "hours")) * time.Hour) },
			"": func(t *rapid.T) {
				if onSale := s.Status() == show.StatusOnSale && now.Before(curtain); (s.CheckOnSale(now) == nil) != onSale {
					t.Errorf("on sale: %t, CheckOnSale: %v", onSale, s.CheckOnSale(now))
				}
				same := s.Snapshot()
				same.Status, same.OpenedAt, same.CancelledAt = first.Status, first.OpenedAt, first.CancelledAt
				if !reflect.DeepEqual(same, first) {
					t.Errorf("more than the status and its times changed: %+v", same)
				}
				var openedAt, cancelledAt time.Time
				for _, e := range s.Events() {
					switch e := e.(type) {
					case show.Opened:
						openedAt = e.At
					case show.Cancelled:
						cancelledAt = e.At
					}
				}
				if got := s.Snapshot(); got.OpenedAt != openedAt || got.CancelledAt != cancelledAt {
					t.Errorf("opened at %s and cancelled at %s, want the times of the events %v", got.OpenedAt, got.CancelledAt, s.Events())
				}
			},
		})
	})
}

func draft(t *testing.T) *show.Show {
	t.Helper()
	s, err := show.New("s1", globe, hamlet(), noon)
	wantNoError(t, err)
	return loaded(t, s)
}

func onSale(t *testing.T) *show.Show {
	t.Helper()
	s := draft(t)
	wantNoError(t, s.Open(noon))
	return loaded(t, s)
}

func cancelled(t *testing.T) *show.Show {
	t.Helper()
	s := onSale(t)
	wantNoError(t, s.Cancel(noon))
	return loaded(t, s)
}

// loaded returns the show without events, as a store would.
func loaded(t *testing.T, s *show.Show) *show.Show {
	t.Helper()
	s, err := show.Rehydrate(s.Snapshot())
	wantNoError(t, err)
	return s
}

func manyTiers(n int) []show.TierSpec {
	tiers := make([]show.TierSpec, n)
	for i := range tiers {
		tiers[i] = show.TierSpec{Name: strings.Repeat("t", i+1), Price: int64(i)}
	}
	return tiers
}

// manyRows returns n rows of the maximum length.
func manyRows(n int) []show.Row {
	rows := narrowRows(n)
	for i := range rows {
		rows[i].Seats = show.MaxSeatsPerRow
	}
	return rows
}

func narrowRows(n int) []show.Row {
	rows := make([]show.Row, n)
	for i := range rows {
		name := string([]byte{'A' + byte(i/26%26), 'A' + byte(i%26)})
		rows[i] = show.Row{Name: name, Seats: 1, Tier: "stalls"}
	}
	return rows
}

func wantNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantStatus(t *testing.T, s *show.Show, want show.Status) {
	t.Helper()
	if s.Status() != want {
		t.Errorf("status %s, want %s", s.Status(), want)
	}
}

func wantNotOnSale(t *testing.T, err error, want show.NotOnSaleError) {
	t.Helper()
	var got *show.NotOnSaleError
	if !errors.As(err, &got) || *got != want {
		t.Errorf("error %v, want %v", err, &want)
	}
}

func wantEvents(t *testing.T, s *show.Show, want ...event.Event) {
	t.Helper()
	if diff := cmp.Diff(want, s.Events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
