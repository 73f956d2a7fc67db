package embedded

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"example.com/portico/adapters/oidc"
	"example.com/portico/domain/actor"
	"example.com/portico/domain/role"
	"example.com/portico/domain/show"
	"example.com/portico/ports"
	"example.com/portico/ports/inbound"
	"example.com/portico/ports/platform"
)

const (
	// DemoOrganisation owns the demo show.
	DemoOrganisation = "demo"
	demoTokensFor    = 24 * time.Hour
)

// printTokens reports whether the demo may print tokens. It may only if just the user can
// read them, and other machines cannot use them.
type printTokens bool

// demo shows a new user what to try.
type demo struct {
	useCases inbound.UseCases
	issuer   *oidc.Issuer
	clock    platform.Clock
	tokens   printTokens
}

// introduce prints commands to try with a show of the demo organisation. It creates the
// show if there are no shows.
func (d *demo) introduce(ctx context.Context, out io.Writer, api string) error {
	sh, err := d.show(ctx)
	if err != nil || sh == nil {
		return err
	}
	hint := byCommand
	if d.tokens {
		hint = fmt.Sprintf(inTour, demoTokensFor.Hours())
	}
	tokens := map[string]string{}
	for _, r := range []actor.Role{role.Customer, role.Organiser, role.Door} {
		if tokens[string(r)], err = d.token(r); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nOn sale: %q at %s on %s, %d seats in %d tiers.\n", sh.Title(), sh.Venue(), sh.LocalStart().Format("2 January 2006, 15:04 MST"), sh.Plan().Len(), len(sh.Plan().Tiers()))
	_, err = io.WriteString(out, strings.NewReplacer( // in one write, because the log may go to the same terminal
		"{hint}", hint, "{api}", api, "{show}", string(sh.ID()),
		"{customer}", tokens["customer"], "{organiser}", tokens["organiser"], "{door}", tokens["door"],
	).Replace(tour))
	return err
}

// token returns a token, or a shell expression that makes one. The expression names the
// program as the user called it, because the program may not be on the PATH.
func (d *demo) token(r actor.Role) (string, error) {
	if !d.tokens {
		return fmt.Sprintf("$(\"%s\" token --role %s --org %s)", os.Args[0], r, DemoOrganisation), nil
	}
	return issueToken(d.issuer, string(r), "", DemoOrganisation, demoTokensFor)
}

const (
	inTour    = "another terminal. The tokens are good for %.0f hours; portico token makes more."
	byCommand = "a terminal on this machine that has the same settings and working directory."
)

// tour contains commands to paste into a shell, one by one or all at once.
const tour = `
To try it, paste this into {hint}

API={api}/api/v1
SHOW={show}
CUSTOMER={customer}
ORGANISER={organiser}
DOOR={door}

# What is free, and two seats held for ten minutes:
curl -s $API/shows/$SHOW/seats | head -c 300; echo
BOOKING=$(curl -s $API/bookings -H "Authorization: Bearer $CUSTOMER" -H "Idempotency-Key: $(date +%s)" -H "Content-Type: application/json" -d "{\"showId\": \"$SHOW\", \"seats\": [\"A-1\", \"A-2\"]}" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'); echo "booking $BOOKING"

# Pay (tok_declined, tok_slow, tok_flaky and tok_timeout are worth a try), and see it confirmed:
curl -s $API/bookings/$BOOKING/payment -H "Authorization: Bearer $CUSTOMER" -H "Content-Type: application/json" -d '{"paymentToken": "tok_ok"}'; echo
sleep 1; curl -s $API/bookings/$BOOKING -H "Authorization: Bearer $CUSTOMER"; echo

# The tickets, and the way in, which works once:
curl -s -o tickets.pdf $API/bookings/$BOOKING/tickets.pdf -H "Authorization: Bearer $CUSTOMER"; ls -l tickets.pdf
CODE=$(curl -s $API/bookings/$BOOKING/tickets -H "Authorization: Bearer $CUSTOMER" | sed -n 's/.*"code":"\([^"]*\)".*/\1/p')
curl -s $API/admissions -H "Authorization: Bearer $DOOR" -H "Content-Type: application/json" -d "{\"code\": \"$CODE\"}"; echo
curl -s $API/admissions -H "Authorization: Bearer $DOOR" -H "Content-Type: application/json" -d "{\"code\": \"$CODE\"}"; echo

# All bookings, as the organiser sees them:
curl -s "$API/bookings?showId=$SHOW" -H "Authorization: Bearer $ORGANISER"; echo

`

// show returns the demo organisation's newest show on sale. If there are no shows at all,
// it creates one. If there are only other shows, it returns nil.
func (d *demo) show(ctx context.Context) (*show.Show, error) {
	organiser, err := actor.New("organiser", "", DemoOrganisation, role.Organiser)
	if err != nil {
		return nil, err
	}
	shows, err := d.useCases.ListShows.Handle(ctx, inbound.ListShows{Actor: organiser, Limit: ports.MaxPage})
	if err != nil {
		return nil, err
	}
	now := d.clock.Now()
	for _, sh := range shows.Items {
		if sh.Organisation == DemoOrganisation && sh.Status == show.StatusOnSale && now.Before(sh.StartsAt) {
			return d.useCases.GetShow.Handle(ctx, inbound.GetShow{Actor: organiser, Show: sh.ID})
		}
	}
	if len(shows.Items) > 0 {
		return nil, nil
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, err
	}
	draft, err := d.useCases.CreateShow.Handle(ctx, inbound.CreateShow{Actor: organiser, Spec: demoShow(now.In(london))})
	if err != nil {
		return nil, err
	}
	return d.useCases.OpenShow.Handle(ctx, inbound.OpenShow{Actor: organiser, Show: draft.ID()})
}

// demoShow returns a show with 30 rows of 40 seats. The show starts one month after now,
// at 19:30 in now's time zone.
func demoShow(now time.Time) show.Spec {
	year, month, day := now.AddDate(0, 1, 0).Date()
	spec := show.Spec{
		Title:    "The Tempest",
		Venue:    "The Portico, Main Stage",
		StartsAt: time.Date(year, month, day, 19, 30, 0, 0, now.Location()),
		TimeZone: now.Location(),
		Currency: "EUR",
		Tiers:    []show.TierSpec{{Name: "Stalls", Price: 7500}, {Name: "Circle", Price: 4500}, {Name: "Balcony", Price: 2500}},
	}
	for i := range 30 {
		name, tier := string(rune('A'+i%26)), "Stalls"
		if i >= 26 {
			name = "A" + name
		}
		switch {
		case i >= 22:
			tier = "Balcony"
		case i >= 10:
			tier = "Circle"
		}
		spec.Rows = append(spec.Rows, show.Row{Name: name, Seats: 40, Tier: tier})
	}
	return spec
}

// issueToken returns a token for a subject with a role. The subject may be an email
// address. Anyone who can read the key in the data folder can issue tokens for any actor.
func issueToken(issuer *oidc.Issuer, roleName, subject, organisation string, ttl time.Duration) (string, error) {
	r, err := role.Parse(roleName)
	if err != nil {
		return "", err
	}
	if subject == "" {
		subject = roleName
	}
	email := ""
	if strings.Contains(subject, "@") {
		email = subject
	}
	a, err := actor.New(actor.ID(subject), email, actor.Organisation(organisation), r)
	if err != nil {
		return "", err
	}
	return issuer.Issue(a, ttl)
}
