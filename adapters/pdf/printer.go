// Package pdf prints tickets.
package pdf

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
)

// Printer prints tickets on A5, readable on a telephone and at half the size.
// The same tickets are the same bytes.
type Printer struct{}

// Print is as outbound.TicketPrinter says. It fails when there are no tickets.
func (Printer) Print(w io.Writer, sh *show.Show, tickets []*ticket.Ticket) error {
	if len(tickets) == 0 {
		return errors.New("print tickets: there are none")
	}
	d := newDocument()
	d.SetTitle(printable("Tickets for "+sh.Title()), true)
	d.SetCreationDate(sh.CreatedAt()) // or it is the time of day
	d.SetModificationDate(sh.CreatedAt())
	for i, t := range tickets {
		if err := d.addTicket(sh, t, fmt.Sprintf("%d of %d", i+1, len(tickets))); err != nil {
			return fmt.Errorf("print tickets: %w", err)
		}
	}
	if err := d.Output(w); err != nil {
		return fmt.Errorf("print tickets: %w", err)
	}
	return nil
}

// timeFormat names the day, because 6/1 is another date on the other side of an
// ocean.
const timeFormat = "Monday, 2 January 2006, 15:04 MST"

// Lengths are in millimetres, sizes of type in points.
const (
	pageWidth = 148
	margin    = 12
	inner     = pageWidth - 2*margin
	qrWidth   = 50
)

func (d document) addTicket(sh *show.Show, t *ticket.Ticket, number string) error {
	d.AddPage()
	d.fill(box{0, 0, pageWidth, 64}, navy)
	d.line(box{margin, 11, inner, 6}, "TICKET", style{font: bold, size: 11, colour: amber})
	d.line(box{margin, 11, inner, 6}, number, style{font: regular, size: 11, colour: white, align: right})
	d.paragraph(box{margin, 21, inner, 37}, sh.Title(), style{font: bold, size: 34, colour: white})

	label := style{font: regular, size: 9, colour: grey}
	d.line(box{margin, 71, 84, 5}, "When", label)
	d.paragraph(box{margin, 76, 84, 14}, sh.StartsAt().Format(timeFormat), style{font: regular, size: 14, colour: navy})
	d.line(box{104, 71, 32, 5}, "Seat", label)
	d.paragraph(box{104, 75.5, 32, 14}, string(t.Seat()), style{font: bold, size: 26, colour: navy})
	d.line(box{margin, 92, inner, 5}, "Where", label)
	d.paragraph(box{margin, 97, inner, 21}, sh.Venue(), style{font: regular, size: 14, colour: navy})

	code := string(t.Code())
	if err := d.qrCode(box{(pageWidth - qrWidth) / 2, 126, qrWidth, qrWidth}, code); err != nil {
		return err
	}
	d.line(box{margin, 184, inner, 6}, inGroups(code), style{font: mono, size: 12, colour: navy, align: centre})
	d.line(box{margin, 197, inner, 5}, "Lets one person in, once: whoever comes with this code first.",
		style{font: regular, size: 9, colour: grey, align: centre})
	return nil
}

// inGroups sets the characters of a code in fours, to be read out loud.
func inGroups(code string) string {
	var groups []string
	for len(code) > 4 {
		groups = append(groups, code[:4])
		code = code[4:]
	}
	return strings.Join(append(groups, code), " ")
}
