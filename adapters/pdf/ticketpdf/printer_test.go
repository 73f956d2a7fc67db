package ticketpdf_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"example.com/portico/adapters/pdf/ticketpdf"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/tests/contract/boxoffice"
	"example.com/portico/tests/qrcodes"
)

func TestPrinter(t *testing.T) {
	boxoffice.RunTicketPrinter(t, ticketpdf.Printer{}, qrcodes.Read)

	t.Run("prints what a visitor needs to know", func(t *testing.T) {
		tickets := []*ticket.Ticket{newTicket(t, "7Q4MX2K9ZT0WB5HNRD8VEC3JPA", "A-12"), newTicket(t, "0123456789ABCDEFGHJKMNPQRS", "B-1")}
		pages := readTexts(t, printed(t, newShow(t, "Ορέστεια – Чайка – Žižkov’s “Été”", "Národní divadlo"), tickets))
		for i, facts := range [][]string{
			{"1 of 2", "A-12", "7Q4M X2K9 ZT0W B5HN RD8V EC3J PA"},
			{"2 of 2", "B-1", "0123 4567 89AB CDEF GHJK MNPQ RS"},
		} {
			facts = append(facts, "Ορέστεια – Чайка – Žižkov’s “Été”", "Národní divadlo", "Wednesday, 24 September 2031, 19:30 UTC")
			page := strings.Join(pages[i], " ")
			for _, fact := range facts {
				if !strings.Contains(page, fact) {
					t.Errorf("page %d is %q, want %q on it", i+1, pages[i], fact)
				}
			}
		}
	})

	for name, want := range map[string]string{
		"UTC":              "Wednesday, 24 September 2031, 19:30 UTC",
		"Europe/London":    "Wednesday, 24 September 2031, 20:30 BST",
		"America/New_York": "Wednesday, 24 September 2031, 15:30 EDT",
		"Asia/Kolkata":     "Thursday, 25 September 2031, 01:00 IST",
	} {
		t.Run("prints the local time of a venue in "+name, func(t *testing.T) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			v := newShow(t, "Hamlet", "Globe").Snapshot()
			v.TimeZone = zone
			sh, err := show.Rehydrate(v)
			if err != nil {
				t.Fatal(err)
			}
			page := strings.Join(readTexts(t, printed(t, sh, []*ticket.Ticket{newTicket(t, "CODE", "A-1")}))[0], " ")
			if !strings.Contains(page, want) {
				t.Errorf("the page says %q, want %q", page, want)
			}
		})
	}

	t.Run("prints a long title or venue in full", func(t *testing.T) {
		for _, long := range []string{
			strings.Repeat("№", 200),
			strings.Repeat(strings.Repeat("№", 15)+" ", 12) + "end",
			strings.Repeat("a ", 99) + "end",
		} {
			for _, sh := range []*show.Show{newShow(t, long, "Globe"), newShow(t, "Hamlet", long)} {
				pages := readTexts(t, printed(t, sh, []*ticket.Ticket{newTicket(t, "CODE", "A-1")}))
				page := strings.ReplaceAll(strings.Join(pages[0], ""), " ", "")
				if !strings.Contains(page, strings.ReplaceAll(long, " ", "")) {
					t.Errorf("printed %q, want all of %q", pages[0], long)
				}
			}
		}
	})

	t.Run("prints � for a character that the fonts lack", func(t *testing.T) {
		sh := newShow(t, "Cafe\u0301 a\u00adb \u202e京😀\u3000x", "Globe")
		pages := readTexts(t, printed(t, sh, []*ticket.Ticket{newTicket(t, "CODE", "A-1")}))
		if want := "Cafe ab �� x"; !slices.Contains(pages[0], want) {
			t.Errorf("the page says %q, want %q", pages[0], want)
		}
	})

	t.Run("prints the same bytes for the same tickets", func(t *testing.T) {
		tickets := []*ticket.Ticket{newTicket(t, "CODE1", "A-1"), newTicket(t, "CODE2", "A-2"), newTicket(t, "CODE3", "A-3")}
		sh := newShow(t, "Ορέστεια", "Globe")
		first := printed(t, sh, tickets)
		for range 5 {
			if !bytes.Equal(printed(t, sh, tickets), first) {
				t.Fatal("the bytes differ, want the same each time")
			}
		}
		// Equal bytes do not prove that the dates are fixed, because PDF dates have a
		// resolution of one second.
		if dates := regexp.MustCompile(`D:\d+`).FindAllString(string(first), -1); !slices.Equal(dates, []string{"D:20310501120000", "D:20310501120000"}) {
			t.Errorf("the dates are %q, want when the show was created", dates)
		}
	})

	t.Run("fails without tickets", func(t *testing.T) {
		var document bytes.Buffer
		if err := (ticketpdf.Printer{}).Print(&document, newShow(t, "Hamlet", "Globe"), nil); err == nil || document.Len() > 0 {
			t.Errorf("%d bytes, error %v, want no bytes and an error", document.Len(), err)
		}
	})
}

func printed(t *testing.T, sh *show.Show, tickets []*ticket.Ticket) []byte {
	t.Helper()
	var document bytes.Buffer
	if err := (ticketpdf.Printer{}).Print(&document, sh, tickets); err != nil {
		t.Fatal(err)
	}
	return document.Bytes()
}

func newShow(t *testing.T, title, venue string) *show.Show {
	t.Helper()
	sh, err := show.Rehydrate(show.Snapshot{
		ID: "s-1", Organisation: "globe", Title: title, Venue: venue, Status: show.StatusOnSale,
		StartsAt:  time.Date(2031, 9, 24, 19, 30, 0, 0, time.UTC),
		CreatedAt: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
		OpenedAt:  time.Date(2031, 5, 2, 12, 0, 0, 0, time.UTC),
		Tiers:     []show.Tier{{Name: "stalls"}}, Rows: []show.Row{{Name: "A", Seats: 20, Tier: "stalls"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sh
}

func newTicket(t *testing.T, code ticket.Code, seat show.Label) *ticket.Ticket {
	t.Helper()
	one, err := ticket.Rehydrate(ticket.Snapshot{
		Code: code, Booking: "b-1", Show: "s-1", Organisation: "globe", Seat: seat, Status: ticket.StatusValid,
	})
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// shown matches the strings that a page shows.
var shown = regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) Tj`)

// readTexts returns the lines of text of each page.
func readTexts(t *testing.T, document []byte) [][]string {
	t.Helper()
	var pages [][]string
	for _, operators := range qrcodes.Pages(t, document) {
		var lines []string
		for _, match := range shown.FindAllSubmatch(operators, -1) {
			lines = append(lines, decoded(match[1]))
		}
		pages = append(pages, lines)
	}
	return pages
}

// decoded returns the text of an escaped UTF-16 string of a PDF (ISO 32000-1, 7.3.4.2).
func decoded(escaped []byte) string {
	raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(escaped, func(pair []byte) []byte {
		if pair[1] == 'r' {
			return []byte{'\r'}
		}
		return pair[1:]
	})
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units))
}
