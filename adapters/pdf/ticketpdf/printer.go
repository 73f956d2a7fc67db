// Package ticketpdf prints tickets as PDF documents.
package ticketpdf

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/portico/adapters/pdf"
	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
)

var _ outbound.TicketPrinter = Printer{}

// Printer prints tickets on A5 pages that are readable on a phone and at half size. The
// same tickets always produce the same bytes.
type Printer struct{}

// Print fails if there are no tickets.
func (Printer) Print(w io.Writer, sh *show.Show, tickets []*ticket.Ticket) error {
	if len(tickets) == 0 {
		return errors.New("print tickets: want at least one")
	}
	d := pdf.New("Tickets for "+sh.Title(), sh.CreatedAt())
	for i, t := range tickets {
		if err := addTicket(d, sh, t, fmt.Sprintf("%d of %d", i+1, len(tickets))); err != nil {
			return fmt.Errorf("print tickets: %w", err)
		}
	}
	if err := d.Output(w); err != nil {
		return fmt.Errorf("print tickets: %w", err)
	}
	return nil
}

// timeFormat names the month, because 6/1 means different dates in different countries.
const timeFormat = "Monday, 2 January 2006, 15:04 MST"

// Lengths in millimetres.
const (
	pageWidth = 148
	margin    = 12
	inner     = pageWidth - 2*margin
	qrWidth   = 50
)

var (
	navy  = pdf.Colour{R: 20, G: 33, B: 61}
	amber = pdf.Colour{R: 252, G: 163, B: 17}
	white = pdf.Colour{R: 255, G: 255, B: 255}
	grey  = pdf.Colour{R: 96, G: 102, B: 115}
)

func addTicket(d *pdf.Document, sh *show.Show, t *ticket.Ticket, number string) error {
	d.AddPage()
	d.Fill(pdf.Box{X: 0, Y: 0, W: pageWidth, H: 64}, navy)
	d.Line(pdf.Box{X: margin, Y: 11, W: inner, H: 6}, "TICKET", pdf.Style{Font: pdf.Bold, Size: 11, Colour: amber})
	d.Line(pdf.Box{X: margin, Y: 11, W: inner, H: 6}, number, pdf.Style{Font: pdf.Regular, Size: 11, Colour: white, Align: pdf.Right})
	d.Paragraph(pdf.Box{X: margin, Y: 21, W: inner, H: 37}, sh.Title(), pdf.Style{Font: pdf.Bold, Size: 34, Colour: white})

	label := pdf.Style{Font: pdf.Regular, Size: 9, Colour: grey}
	d.Line(pdf.Box{X: margin, Y: 71, W: 84, H: 5}, "When", label)
	d.Paragraph(pdf.Box{X: margin, Y: 76, W: 84, H: 14}, sh.LocalStart().Format(timeFormat), pdf.Style{Font: pdf.Regular, Size: 14, Colour: navy})
	d.Line(pdf.Box{X: 104, Y: 71, W: 32, H: 5}, "Seat", label)
	d.Paragraph(pdf.Box{X: 104, Y: 75.5, W: 32, H: 14}, string(t.Seat()), pdf.Style{Font: pdf.Bold, Size: 26, Colour: navy})
	d.Line(pdf.Box{X: margin, Y: 92, W: inner, H: 5}, "Where", label)
	d.Paragraph(pdf.Box{X: margin, Y: 97, W: inner, H: 21}, sh.Venue(), pdf.Style{Font: pdf.Regular, Size: 14, Colour: navy})

	code := string(t.Code())
	if err := d.QRCode(pdf.Box{X: (pageWidth - qrWidth) / 2, Y: 126, W: qrWidth, H: qrWidth}, code); err != nil {
		return err
	}
	d.Line(pdf.Box{X: margin, Y: 184, W: inner, H: 6}, inGroups(code), pdf.Style{Font: pdf.Mono, Size: 12, Colour: navy, Align: pdf.Centre})
	d.Line(pdf.Box{X: margin, Y: 197, W: inner, H: 5}, "Admits one person, once: the first who shows this code.",
		pdf.Style{Font: pdf.Regular, Size: 9, Colour: grey, Align: pdf.Centre})
	return nil
}

func inGroups(code string) string {
	var groups []string
	for group := range slices.Chunk([]byte(code), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}
