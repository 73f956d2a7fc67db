package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/portico/tests/hostile"
)

// request is one request. Its path is below /api/v1.
type request struct {
	method  string
	path    string // and query
	token   string
	headers string // lines
	body    string
}

func (r request) pathOnly() string {
	path, _, _ := strings.Cut(r.path, "?")
	return path
}

// bytes returns the request as it is sent, without or with gzip among its encodings.
func (r request) bytes(gzip bool) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s /api/v1%s", r.method, r.path)
	text.WriteString(" HTTP/1.1\r\nHost: localhost\r\n" + r.headers)
	if r.token != "" {
		text.WriteString("Authorization: Bearer " + r.token + "\r\n")
	}
	if r.body != "" {
		fmt.Fprintf(&text, "Content-Length: %d\r\n", len(r.body))
		if !strings.Contains(r.headers, "Content-Type:") {
			text.WriteString("Content-Type: application/json\r\n")
		}
	}
	if gzip {
		text.WriteString("Accept-Encoding: gzip\r\n")
	}
	text.WriteString("\r\n" + r.body)
	return text.String()
}

// limits are the most that one request may cost.
type limits struct {
	memory   int // bytes allocated
	cpu      time.Duration
	response int // bytes before compression
}

var usual = limits{memory: 16 << 20, cpu: 50 * time.Millisecond, response: 64 << 10}

// The responses of these operations are larger by their nature.
var (
	wholeShow  = limits{memory: usual.memory, cpu: usual.cpu, response: 256 << 10}
	manyShows  = limits{memory: usual.memory, cpu: usual.cpu, response: 512 << 10}
	bookings   = limits{memory: usual.memory, cpu: usual.cpu, response: 128 << 10}
	wholeMap   = limits{memory: 64 << 20, cpu: time.Second, response: 12 << 20}
	ticketFile = limits{memory: usual.memory, cpu: usual.cpu, response: 1 << 20}
)

// operation is an operation of the OpenAPI document with its costliest requests.
type operation struct {
	id string
	// accepted are the limits of requests that are accepted. Those of refused requests are
	// the usual ones.
	accepted limits
	// maxBody is x-max-body-bytes, or 0 if there is no body.
	maxBody int
	// valid returns a request that is accepted. It may first send others that prepare the
	// box office.
	valid func(*office) request
	// more returns further costly requests of this operation.
	more []variant
}

// variant is a named request of an operation.
type variant struct {
	name string
	next func(*office) request
}

var operations = []operation{
	{
		id: "createShow", accepted: wholeShow, maxBody: maxShowBody,
		valid: func(o *office) request { return o.organiser("POST", "/shows", hostile.LargestShow()) },
		more: each(hostile.ShowBodies(maxShowBody), func(o *office, body string) request {
			return o.organiser("POST", "/shows", body)
		}),
	},
	{
		id: "listShows", accepted: manyShows,
		valid: func(o *office) request { return o.organiser("GET", "/shows?limit=100", "") },
		more: each([]hostile.Part{
			{Name: "the default limit", Text: ""},
			{Name: "a search that finds all", Text: "limit=100&q=%3C"},
			{Name: "a search that finds none", Text: "q=" + strings.Repeat("%3C", 99) + "z"},
			{Name: "a search for characters of four bytes", Text: "q=" + strings.Repeat("%F0%9F%98%80", 100)},
		}, func(o *office, query string) request { return o.organiser("GET", "/shows?"+query, "") }),
	},
	{
		id: "getShow", accepted: wholeShow,
		valid: func(o *office) request { return o.organiser("GET", "/shows/"+o.full, "") },
	},
	{
		id: "openShow", accepted: wholeShow,
		valid: func(o *office) request {
			return o.organiser("POST", "/shows/"+o.draft(hostile.LargestShow())+"/open", "")
		},
	},
	{
		id: "cancelShow", accepted: wholeShow,
		valid: func(o *office) request {
			return o.organiser("POST", "/shows/"+o.openedShow(hostile.LargestShow())+"/cancel", "")
		},
	},
	{
		id: "getSeatMap", accepted: wholeMap,
		valid: func(o *office) request { return o.customer("GET", "/shows/"+o.full+"/seats", "") },
		more: []variant{{"a map that is not cached", func(o *office) request {
			return o.customer("GET", "/shows/"+o.openedShow(hostile.LargestShow())+"/seats", "")
		}}},
	},
	{
		id: "holdSeats", accepted: usual, maxBody: maxBody,
		valid: func(o *office) request { return o.holding(o.unsold, o.freeSeats()) },
		more: []variant{{"seats that are taken", func(o *office) request {
			return o.holding(o.full, seats(0))
		}}},
	},
	{
		id: "listBookings", accepted: bookings,
		valid: func(o *office) request { return o.customer("GET", "/bookings?limit=100", "") },
		more: []variant{{"the bookings of a show", func(o *office) request {
			return o.organiser("GET", "/bookings?limit=100&showId="+o.full, "")
		}}},
	},
	{
		id: "getBooking", accepted: usual,
		valid: func(o *office) request { return o.customer("GET", "/bookings/"+o.bought, "") },
	},
	{
		id: "requestPayment", accepted: usual, maxBody: maxBody,
		valid: func(o *office) request {
			return o.customer("POST", "/bookings/"+o.hold(o.unsold, o.freeSeats())+"/payment",
				`{"paymentToken":"`+hostile.EscapedName(255)+`"}`)
		},
	},
	{
		id: "cancelBooking", accepted: usual,
		valid: func(o *office) request {
			return o.customer("POST", "/bookings/"+o.hold(o.unsold, o.freeSeats())+"/cancel", "")
		},
	},
	{
		id: "listTickets", accepted: usual,
		valid: func(o *office) request { return o.customer("GET", "/bookings/"+o.bought+"/tickets", "") },
	},
	{
		id: "downloadTickets", accepted: ticketFile,
		valid: func(o *office) request { return o.customer("GET", "/bookings/"+o.bought+"/tickets.pdf", "") },
	},
	{
		id: "admitTicket", accepted: usual, maxBody: maxBody,
		valid: func(o *office) request {
			return request{method: "POST", path: "/admissions", token: o.tokens["door"], body: fmt.Sprintf(`{"code":%q}`, o.code())}
		},
	},
}

// The x-max-body-bytes of the document.
const (
	maxShowBody = 262_144
	maxBody     = 4096
)

// maxHeader is what the program's [http.Server.MaxHeaderBytes] leaves for a costly part,
// next to the other headers of a request.
const maxHeader = 60 << 10

// each returns a variant for each part.
func each(parts []hostile.Part, next func(*office, string) request) []variant {
	all := make([]variant, len(parts))
	for i, p := range parts {
		all[i] = variant{p.Name, func(o *office) request { return next(o, p.Text) }}
	}
	return all
}

// variants returns all requests of the operation.
func (op operation) variants(o *office) []variant {
	valid := op.valid
	if o.brief {
		same := op.valid(o)
		valid = func(*office) request { return same }
	}
	changed := func(parts []hostile.Part, change func(*request, string)) []variant {
		return each(parts, func(o *office, text string) request {
			r := valid(o)
			change(&r, text)
			return r
		})
	}
	all := slices.Concat(
		[]variant{{"a valid request", valid}},
		op.more,
		changed(hostile.Queries(maxHeader), func(r *request, text string) { r.path = r.pathOnly() + "?" + text }),
		changed(hostile.Headers(maxHeader), func(r *request, text string) { r.headers += text }),
		changed(hostile.Tokens(o.tokens["customer"]), func(r *request, text string) { r.token = text }),
		changed(hostile.Segments(maxHeader), func(r *request, text string) {
			parts := strings.Split(r.pathOnly(), "/")
			parts[min(2, len(parts)-1)] = text
			r.path = strings.Join(parts, "/")
		}),
	)
	if op.maxBody > 0 {
		all = append(all, changed(hostile.Bodies(valid(o).body, op.maxBody), func(r *request, text string) { r.body = text })...)
	}
	return all
}
