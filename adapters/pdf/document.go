// Package pdf writes PDF documents and fits text into boxes.
package pdf

import (
	"bytes"
	"image/color"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// Document is a PDF with A5 pages. The same content always produces the same bytes.
type Document struct{ fpdf *fpdf.Fpdf }

// Box is an area of a page: its upper left corner, width and height in millimetres.
type Box struct{ X, Y, W, H float64 }

// Style describes the appearance of text. Size is in points; Paragraph reduces it until
// the text fits.
type Style struct {
	Font   Font
	Size   float64
	Colour Colour
	Align  Align
}

// Font is one of Regular, Bold and Mono.
type Font string

// The fonts.
const (
	Regular Font = "regular"
	Bold    Font = "bold"
	Mono    Font = "mono"
)

// Align is one of Left, Centre and Right.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Colour has red, green and blue components from 0 to 255.
type Colour struct{ R, G, B int }

// New returns a document without pages. The creation date is a parameter, because the
// current time would make the bytes differ.
func New(title string, date time.Time) *Document {
	d := &Document{fpdf.New("P", "mm", "A5", "")}
	d.fpdf.SetCatalogSort(true) // fonts in a fixed order
	d.fpdf.SetAutoPageBreak(false, 0)
	d.fpdf.SetMargins(0, 0, 0)
	d.fpdf.SetCellMargin(0)
	d.addFont(Regular, goregular.TTF)
	d.addFont(Bold, gobold.TTF)
	d.addFont(Mono, gomono.TTF)
	d.fpdf.SetTitle(printable(title), true)
	d.fpdf.SetCreationDate(date)
	d.fpdf.SetModificationDate(date)
	return d
}

func (d *Document) addFont(name Font, ttf []byte) {
	// fpdf overwrites the bytes when it drops unused glyphs.
	d.fpdf.AddUTF8FontFromBytes(string(name), "", bytes.Clone(ttf))
}

func (d *Document) AddPage() { d.fpdf.AddPage() }

func (d *Document) Output(w io.Writer) error { return d.fpdf.Output(w) }

func (d *Document) Fill(b Box, c Colour) {
	d.fpdf.SetFillColor(c.R, c.G, c.B)
	d.fpdf.Rect(b.X, b.Y, b.W, b.H, "F")
}

// Line writes text on one line. The caller must ensure that the text fits.
func (d *Document) Line(b Box, text string, s Style) {
	d.fpdf.SetFont(string(s.Font), "", s.Size)
	d.fpdf.SetTextColor(s.Colour.R, s.Colour.G, s.Colour.B)
	x := b.X + float64(s.Align)/2*(b.W-d.fpdf.GetStringWidth(text))
	d.fpdf.Text(x, b.Y+b.H*0.75, text)
}

// QRCode draws a QR code that stays readable if up to a quarter of it is damaged. The box
// needs a white margin of four modules (ISO/IEC 18004).
//
// The code is one shape, because some viewers leave a thin white line between shapes that
// touch. It is not an image, because fpdf stores images in random order, so the bytes of
// the document would differ.
func (d *Document) QRCode(b Box, content string) error {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return err
	}
	d.fpdf.SetFillColor(0, 0, 0)
	modules := code.Bounds().Dx()
	width := b.W / float64(modules)
	for y := range modules {
		for x := range modules {
			if code.At(x, y) == color.Black {
				d.square(b.X+float64(x)*width, b.Y+float64(y)*width, width)
			}
		}
	}
	d.fpdf.DrawPath("F")
	return nil
}

// square adds a module of a QR code to the current path.
func (d *Document) square(x, y, width float64) {
	d.fpdf.MoveTo(x, y)
	d.fpdf.LineTo(x+width, y)
	d.fpdf.LineTo(x+width, y+width)
	d.fpdf.LineTo(x, y+width)
	d.fpdf.ClosePath()
}

// lineHeight returns the height of a line in millimetres for a font size in points.
func lineHeight(size float64) float64 { return size * 1.2 * 25.4 / 72 }

// Paragraph writes text of any length into the box, starting at the top.
func (d *Document) Paragraph(b Box, text string, s Style) {
	lines, size := d.fit(b, printable(text), s)
	s.Size = size
	height := lineHeight(size)
	for i, l := range lines {
		d.Line(Box{b.X, b.Y + float64(i)*height, b.W, height}, l, s)
	}
}

// fit breaks text into lines. It reduces the font size from s.Size until the lines fit
// into the box.
func (d *Document) fit(b Box, text string, s Style) ([]string, float64) {
	for size := s.Size; ; size *= 0.95 {
		d.fpdf.SetFont(string(s.Font), "", size)
		lines := d.fpdf.SplitText(text, b.W)
		if float64(len(lines))*lineHeight(size) <= b.H {
			return lines, size
		}
	}
}

var textFont = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // the embedded font is valid
	}
	return f
})

// printable keeps the characters that the fonts have, such as Latin, Greek and Cyrillic.
// It drops combining and format characters, turns white space into blanks, and replaces
// other characters with �.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		if glyph, err := textFont().GlyphIndex(nil, r); err != nil || glyph == 0 {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
