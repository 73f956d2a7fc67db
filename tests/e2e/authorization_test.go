package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"example.com/portico/api"
	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// decision is one row of the authorization table: who may call an operation for one kind
// of object.
//
//   - 401 is the answer to an invalid token, and to a missing one if a role is needed.
//   - 403 is the answer to a caller without one of the roles. An organiser or door without
//     an organisation counts as having no role.
//   - 404 is the answer to a caller who has the role but may not use the object, as for an
//     unknown object.
type decision struct {
	operation string
	object    kind
	roles     string // any of these; empty if no role is needed
	may       func(c matrixCaller, o object) bool
	request   func(id string) (query string, body any)
}

var decisions = []decision{
	{"listShows", nothing, "", everyone, inPath},
	{"getShow", draft, "", itsOrganiser, inPath},
	{"getShow", cancelledDraft, "", itsOrganiser, inPath},
	{"getShow", onSale, "", everyone, inPath},
	{"getSeatMap", draft, "", itsOrganiser, inPath},
	{"getSeatMap", cancelledDraft, "", itsOrganiser, inPath},
	{"getSeatMap", onSale, "", everyone, inPath},

	{"createShow", nothing, "organiser", everyone, aNewShow},
	{"openShow", draft, "organiser", itsOrganiser, inPath},
	{"cancelShow", draft, "organiser", itsOrganiser, inPath},
	{"cancelShow", onSale, "organiser", itsOrganiser, inPath},

	{"holdSeats", onSale, "customer", everyone, aHold},
	{"holdSeats", draft, "customer", nobody, aHold},
	{"holdSeats", cancelledDraft, "customer", nobody, aHold},
	{"requestPayment", held, "customer", itsCustomer, aPayment},
	{"cancelBooking", held, "customer", itsCustomer, inPath},
	{"cancelBooking", ticketed, "customer", itsCustomer, inPath},

	{"getBooking", held, "customer organiser", either(itsCustomer, itsOrganiser), inPath},
	{"getBooking", ticketed, "customer organiser", either(itsCustomer, itsOrganiser), inPath},
	{"listBookings", nothing, "customer", everyone, inPath},
	{"listBookings", onSale, "organiser", itsOrganiser, ofTheShow},
	{"listBookings", draft, "organiser", itsOrganiser, ofTheShow},
	{"listTickets", ticketed, "customer", itsCustomer, inPath},
	{"downloadTickets", ticketed, "customer", itsCustomer, inPath},
	{"admitTicket", ticketCode, "door", itsDoor, anAdmission},
}

func everyone(matrixCaller, object) bool { return true }
func nobody(matrixCaller, object) bool   { return false }

func itsCustomer(c matrixCaller, o object) bool {
	return c.role == "customer" && c.subject == o.customer
}

func itsOrganiser(c matrixCaller, o object) bool {
	return c.role == "organiser" && c.organisation == o.organisation
}

func itsDoor(c matrixCaller, o object) bool {
	return c.role == "door" && c.organisation == o.organisation
}

func either(one, other func(matrixCaller, object) bool) func(matrixCaller, object) bool {
	return func(c matrixCaller, o object) bool { return one(c, o) || other(c, o) }
}

// The functions below make valid requests, so that only the caller can be the reason for a
// refusal.

func inPath(string) (string, any)         { return "", nil }
func ofTheShow(id string) (string, any)   { return "?showId=" + id, nil }
func aNewShow(string) (string, any)       { return "", newShow() }
func aPayment(string) (string, any)       { return "", map[string]any{"paymentToken": "tok_ok"} }
func anAdmission(id string) (string, any) { return "", map[string]any{"code": id} }
func aHold(id string) (string, any) {
	return "", map[string]any{"showId": id, "seats": []string{"A-5"}}
}

// kind is a kind of object. The function create creates an object, and returns its id and
// the id of its show.
type kind struct {
	name      string
	create    func(customer, organiser *caller) (id, showID string)
	unknown   string // an id that no object has
	perPerson bool   // whether it belongs to a customer
}

var (
	nothing = kind{name: "nothing"}
	draft   = kind{name: "a draft", unknown: uuid.NewString(), create: func(_, organiser *caller) (id, showID string) {
		show := harness.Decode[client.Show](organiser.Call("POST", "/api/v1/shows", newShow()).Want(201))
		return show.ID, show.ID
	}}
	cancelledDraft = kind{name: "a cancelled draft", unknown: uuid.NewString(), create: func(_, organiser *caller) (id, showID string) {
		planned := newShow()
		planned["title"] = titleOfCancelledDraft
		show := harness.Decode[client.Show](organiser.Call("POST", "/api/v1/shows", planned).Want(201))
		organiser.Call("POST", "/api/v1/shows/"+show.ID+"/cancel", nil).Want(202)
		return show.ID, show.ID
	}}
	onSale = kind{name: "a show on sale", unknown: uuid.NewString(), create: func(_, organiser *caller) (id, showID string) {
		show := organiser.openedShow(newShow())
		return show.ID, show.ID
	}}
	held = kind{name: "a hold", unknown: uuid.NewString(), perPerson: true, create: func(customer, organiser *caller) (id, showID string) {
		show := organiser.openedShow(newShow())
		return customer.hold(show.ID, "A-1").ID, show.ID
	}}
	ticketed = kind{name: "a booking with tickets", unknown: uuid.NewString(), perPerson: true, create: func(customer, organiser *caller) (id, showID string) {
		show := organiser.openedShow(newShow())
		booking := customer.bought(show.ID, "A-1")
		harness.Eventually(customer.App.T, 20*time.Second, "the tickets are printed", func() bool {
			return customer.Call("GET", "/api/v1/bookings/"+booking.ID+"/tickets.pdf", nil).Status == 200
		})
		return booking.ID, show.ID
	}}
	ticketCode = kind{name: "a ticket", unknown: strings.Repeat("0", 26), perPerson: true, create: func(customer, organiser *caller) (id, showID string) {
		booking, showID := ticketed.create(customer, organiser)
		return customer.tickets(booking)[0].Code, showID
	}}
)

// object is an object of the matrix. Without an organisation, it does not exist.
type object struct {
	name                   string
	customer, organisation string
	id, showID             string
}

// owners are the columns of the matrix.
var owners = []object{
	{name: "of Ada at Globe", customer: ada, organisation: "globe"},
	{name: "of Bob at Globe", customer: bob, organisation: "globe"},
	{name: "of Bob at Odeon", customer: bob, organisation: "odeon"},
	{name: "unknown"},
}

const titleOfCancelledDraft = "Never opened"

// The customers' subjects.
const ada, bob = "ada@example.com", "bob@example.com"

// matrixCaller is a kind of caller, a row of the matrix.
type matrixCaller struct {
	name string
	*caller
	invalid                     bool // the token
	role, subject, organisation string
}

// matrixCallers returns the rows of the matrix. A caller with a wrong token, role or
// organisation has nothing else that is wrong.
func (b *boxOffice) matrixCallers(t *testing.T) []matrixCaller {
	t.Helper()
	withRoles := func(roles ...string) *caller {
		return b.withClaims(t, func(c harness.Claims) { c["roles"], c["org"] = roles, "globe" })
	}
	almighty := withRoles("customer", "organiser", "door")
	expired := harness.Resign(t, almighty.Token, b.SigningKey(t), func(c harness.Claims) { c["exp"] = time.Now().Add(-time.Hour).Unix() })
	all := []matrixCaller{
		{name: "anonymous", caller: b.anonymous()},
		{name: "an invalid token", caller: b.withToken(harness.Forge(t, almighty.Token)), invalid: true},
		{name: "an expired token", caller: b.withToken(expired), invalid: true},
		{name: "a token without roles", caller: withRoles(), subject: ada, organisation: "globe"},
		{name: "a token with unknown roles", caller: withRoles("admin", "Customer", "*", ""), subject: ada, organisation: "globe"},
	}
	for _, c := range []matrixCaller{
		{name: "Ada", role: "customer", subject: ada},
		{name: "Bob", role: "customer", subject: bob},
		{name: "the organiser of Globe", role: "organiser", subject: "olga", organisation: "globe"},
		{name: "the organiser of Odeon", role: "organiser", subject: "oscar", organisation: "odeon"},
		{name: "an organiser without an organisation", role: "organiser", subject: ada},
		{name: "the door of Globe", role: "door", subject: "dora", organisation: "globe"},
		{name: "the door of Odeon", role: "door", subject: "dan", organisation: "odeon"},
		{name: "a door without an organisation", role: "door", subject: ada},
	} {
		c.caller = b.as(c.role, c.subject, c.organisation)
		all = append(all, c)
	}
	return all
}

// status returns the expected status of a call. The parameter success is the operation's
// status of success.
func (d decision) status(c matrixCaller, o object, success int) int {
	hasRole := slices.Contains(strings.Fields(d.roles), c.role) && (c.role == "customer" || c.organisation != "")
	exists := o.organisation != "" || d.object.name == nothing.name
	switch {
	case c.invalid, d.roles != "" && c.Token == "":
		return 401
	case d.roles != "" && !hasRole:
		return 403
	case !exists || !d.may(c, o):
		return 404
	}
	return success
}

// documented is what the OpenAPI document says about an operation.
type documented struct {
	method, path string
	success      int
	roles        []string // x-roles, sorted
}

func documentedOperations(t *testing.T) map[string]documented {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]documented{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			d := documented{method: method, path: program.BasePath + path}
			for _, status := range slices.Backward(operation.Responses.Keys()) {
				if code, _ := strconv.Atoi(status); code/100 == 2 {
					d.success = code
				}
			}
			roles, _ := operation.Extensions["x-roles"].([]any)
			for _, role := range roles {
				d.roles = append(d.roles, fmt.Sprint(role))
			}
			slices.Sort(d.roles)
			all[operation.OperationID] = d
		}
	}
	return all
}

// TestAuthorization calls each operation of the OpenAPI document as each kind of caller,
// for objects of each owner. Refused requests must change nothing. What belongs to others
// must look as if it did not exist.
func TestAuthorization(t *testing.T) {
	t.Parallel()
	box := openEmbedded(t, "PORTICO_RATE_PER_ACTOR=off", "PORTICO_RATE_PER_ADDRESS=off")
	callers := box.matrixCallers(t)
	operations := documentedOperations(t)
	successful := map[string]map[string]bool{} // the roles of the callers, by operation

	for _, d := range decisions {
		op, ok := operations[d.operation]
		if !ok {
			t.Errorf("the table has the operation %s, and the document does not", d.operation)
			continue
		}
		if successful[d.operation] == nil {
			successful[d.operation] = map[string]bool{}
		}
		t.Run(d.operation+" of "+d.object.name, func(t *testing.T) {
			m := matrix{T: t, box: box, decision: d, op: op, hidden: map[string]map[string]string{}}
			for _, o := range owners {
				if d.object.has(o) {
					m.check(o, callers, successful[d.operation])
				}
			}
			m.compareHidden()
		})
	}
	t.Run("every operation of the document is in the table", func(t *testing.T) {
		for name := range operations {
			if successful[name] == nil {
				t.Errorf("no row of the table has the operation %s", name)
			}
		}
	})
	t.Run("the x-roles of each operation are the roles that succeed", func(t *testing.T) {
		for name, roles := range successful {
			got := slices.Sorted(maps.Keys(roles))
			if want := operations[name].roles; len(want) > 0 && !slices.Equal(got, want) {
				t.Errorf("%s succeeds with the roles %q, and its x-roles are %q", name, got, want)
			}
			if len(operations[name].roles) == 0 && !roles[""] {
				t.Errorf("%s has no x-roles, and does not succeed without a role", name)
			}
		}
	})
	t.Run("lists have only what the caller may read", func(t *testing.T) { box.checkLists(t, callers) })
}

// has reports whether objects of this kind can have these owners.
func (k kind) has(owner object) bool {
	switch {
	case k.name == nothing.name:
		return owner.name == owners[0].name
	case !k.perPerson:
		return owner.name != owners[1].name
	}
	return true
}

// matrix is the part of the matrix for one decision.
type matrix struct {
	*testing.T
	box *boxOffice
	decision
	op     documented
	hidden map[string]map[string]string // 404 answers without ids, by caller and owner
}

// create creates an object of the owner.
func (m *matrix) create(owner object) object {
	switch {
	case m.object.create == nil:
	case owner.organisation == "":
		owner.id = m.object.unknown
	default:
		owner.id, owner.showID = m.object.create(m.box.customer(owner.customer), m.box.as("organiser", "olga", owner.organisation))
	}
	return owner
}

// check calls the operation first as each caller that must be refused, then as the others.
// Each of the others gets its own object, because the operation may change it.
func (m *matrix) check(owner object, callers []matrixCaller, successful map[string]bool) {
	m.Helper()
	o := m.create(owner)
	before := m.state(o)
	var allowed []matrixCaller
	for _, c := range callers {
		want := m.status(c, o, m.op.success)
		if want == m.op.success {
			allowed = append(allowed, c)
			continue
		}
		a := m.call(c, o)
		if a.Status != want {
			m.Errorf("%s, %s: status %d, want %d: %.500q", c.name, o.name, a.Status, want, a.Body)
		}
		if want == 404 {
			if m.hidden[c.name] == nil {
				m.hidden[c.name] = map[string]string{}
			}
			m.hidden[c.name][o.name] = withoutID(a, o.id)
		}
	}
	if diff := cmp.Diff(before, m.state(o)); diff != "" {
		m.Errorf("%s: refused requests changed the state:\n%s", o.name, diff)
	}
	for _, c := range allowed {
		if m.op.method != "GET" {
			o = m.create(owner)
		}
		if a := m.call(c, o); a.Status != m.op.success {
			m.Errorf("%s, %s: status %d, want %d: %.500q", c.name, o.name, a.Status, m.op.success, a.Body)
			continue
		}
		successful[c.role] = true
	}
}

func (m *matrix) call(c matrixCaller, o object) *harness.Answer {
	m.Helper()
	query, body := m.request(o.id)
	a := c.Call(m.op.method, strings.Replace(m.op.path, "{id}", o.id, 1)+query, body,
		"Idempotency-Key", uuid.NewString(), "X-Request-ID", "matrix")
	a.T = m.T
	return a
}

// state returns what the operation could change, as the owners read it: the show of the
// object with its seats, bookings and tickets, and the numbers of all shows and bookings.
func (m *matrix) state(o object) string {
	m.Helper()
	var all strings.Builder
	read := func(c *caller, path string) {
		fmt.Fprintln(&all, path, string(c.Call("GET", "/api/v1"+path, nil).Want(200).Body))
	}
	for _, organisation := range []string{"globe", "odeon"} {
		fmt.Fprintln(&all, organisation, len(m.box.as("organiser", "olga", organisation).ownShows(organisation)), "shows")
	}
	for _, customer := range []string{ada, bob} {
		page := harness.Decode[client.BookingPage](m.box.customer(customer).Call("GET", "/api/v1/bookings?limit=100", nil).Want(200))
		fmt.Fprintln(&all, customer, len(page.Items), "bookings")
	}
	if o.showID != "" {
		organiser := m.box.as("organiser", "olga", o.organisation)
		read(organiser, "/shows/"+o.showID)
		read(organiser, "/shows/"+o.showID+"/seats")
		for _, b := range organiser.bookings(o.showID) {
			read(organiser, "/bookings/"+b.ID)
			read(m.box.customer(b.CustomerID), "/bookings/"+b.ID+"/tickets")
		}
	}
	return all.String()
}

// withoutID returns an answer as text, with the object's id replaced.
func withoutID(a *harness.Answer, id string) string {
	header := a.Header.Clone()
	header.Del("Date")
	return strings.ReplaceAll(fmt.Sprintf("%d %v %s", a.Status, header, a.Body), id, "ID")
}

// compareHidden checks that each caller gets the same answer for the objects of others as
// for an unknown one.
func (m *matrix) compareHidden() {
	m.Helper()
	for caller, answers := range m.hidden {
		for owner, answer := range answers {
			if answer != answers["unknown"] {
				m.Errorf("%s, %s: the answer is\n%s\nwant that for an unknown object:\n%s", caller, owner, answer, answers["unknown"])
			}
		}
	}
}

// checkLists checks that shows that were never on sale are listed for their organisers, and
// bookings for their customers.
func (b *boxOffice) checkLists(t *testing.T, callers []matrixCaller) {
	for _, c := range callers {
		if c.invalid {
			continue
		}
		drafts, cancelledDrafts := map[string]bool{}, map[string]bool{} // by organisation
		for path := "/api/v1/shows?limit=100"; path != ""; {
			page := harness.Decode[client.ShowPage](c.Call("GET", path, nil).Want(200))
			for _, show := range page.Items {
				if show.Status == client.ShowStatusDraft {
					drafts[show.Organisation] = true
				}
				if show.Title == titleOfCancelledDraft {
					cancelledDrafts[show.Organisation] = true
				}
			}
			path = ""
			if page.NextCursor != nil {
				path = "/api/v1/shows?limit=100&cursor=" + *page.NextCursor
			}
		}
		for _, organisation := range []string{"globe", "odeon"} {
			want := itsOrganiser(c, object{organisation: organisation})
			if drafts[organisation] != want || cancelledDrafts[organisation] != want {
				t.Errorf("%s: drafts of %s are listed: %t, cancelled drafts: %t, want %t for both",
					c.name, organisation, drafts[organisation], cancelledDrafts[organisation], want)
			}
		}
		if c.role != "customer" {
			continue
		}
		page := harness.Decode[client.BookingPage](c.Call("GET", "/api/v1/bookings?limit=100", nil).Want(200))
		if len(page.Items) == 0 {
			t.Errorf("%s: no booking is listed", c.name)
		}
		for _, booking := range page.Items {
			if booking.CustomerID != c.subject {
				t.Errorf("%s: a booking of %s is listed", c.name, booking.CustomerID)
			}
		}
	}
}
