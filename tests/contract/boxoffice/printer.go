package boxoffice

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"example.com/portico/domain/show"
	"example.com/portico/domain/ticket"
	"example.com/portico/ports/outbound"
	"example.com/portico/tests/testkit"
)

// ReadQRCodes returns the contents of the QR codes on each page of a PDF.
type ReadQRCodes func(t *testing.T, pdf []byte) [][]string

// RunTicketPrinter checks an [outbound.TicketPrinter].
func RunTicketPrinter(t *testing.T, p outbound.TicketPrinter, read ReadQRCodes) {
	run := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}

	run("prints a page with a QR code for each ticket, in the given order", func(t *testing.T) {
		sh := newShowOnSale(t)
		for _, labels := range [][]show.Label{
			{"A-1"},
			{"A-2", "B-12", "A-1"},
			{"A-10", "A-9", "A-8", "A-7", "A-6", "A-5", "A-4", "A-3", "A-2", "A-1"},
		} {
			tickets := newTicketsFor(t, sh, labels...)
			testkit.WantEqual(t, "codes", read(t, printPDF(t, p, sh, tickets)), codesByPage(tickets))
		}
	})

	run("prints readable QR codes for any title and venue", func(t *testing.T) {
		for _, title := range []string{
			"Ορέστεια – Чайка – Žižkov’s “Été”",
			"東京 مرحبا 🏖 e\u0301 \u202eabc",
			"(a) \\ %s <b>&amp;</b>",
			"\u200b",
			strings.Repeat("W", longestTitle),
			strings.Repeat("W ", longestTitle/2),
			strings.Repeat("\U0001F3D6", longestTitle),
		} {
			stored := newShowOnSale(t).Snapshot()
			stored.Title, stored.Venue = title, title
			sh, err := show.Rehydrate(stored) // a stored show may have a title that is no longer accepted
			testkit.Must(t, err)
			tickets := newTicketsFor(t, sh, "A-1", "A-2")
			testkit.WantEqual(t, "codes", read(t, printPDF(t, p, sh, tickets)), codesByPage(tickets))
		}
	})

	run("prints tickets concurrently", func(t *testing.T) {
		sh := newShowOnSale(t)
		documents, want := make([][]byte, 20), make([][][]string, 20)
		testkit.RunConcurrently(len(documents), func(i int) {
			tickets := newTicketsFor(t, sh, "A-1")
			want[i] = codesByPage(tickets)
			documents[i] = printPDF(t, p, sh, tickets)
		})
		for i, pdf := range documents {
			testkit.WantEqual(t, "codes", read(t, pdf), want[i])
		}
	})

	run("returns the writer's error", func(t *testing.T) {
		sh := newShowOnSale(t)
		diskFull := errors.New("the disk is full")
		testkit.WantError(t, p.Print(failingWriter{diskFull}, sh, newTicketsFor(t, sh, "A-1")), diskFull)
	})
}

func newTicketsFor(t *testing.T, sh *show.Show, labels ...show.Label) []*ticket.Ticket {
	t.Helper()
	b := newBooking(t, sh, "ann", labels...)
	testkit.Must(t, confirmPayment(b))
	return newTickets(t, sh, b)
}

func printPDF(t *testing.T, p outbound.TicketPrinter, sh *show.Show, tickets []*ticket.Ticket) []byte {
	t.Helper()
	var pdf bytes.Buffer
	testkit.Must(t, p.Print(&pdf, sh, tickets))
	return pdf.Bytes()
}

func codesByPage(tickets []*ticket.Ticket) [][]string {
	pages := make([][]string, len(tickets))
	for i, t := range tickets {
		pages[i] = []string{string(t.Code())}
	}
	return pages
}

// failingWriter returns err from every Write.
type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
