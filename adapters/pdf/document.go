package pdf

import (
	"bytes"
	"strings"
	"sync"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// document is a PDF whose text stays where it belongs.
type document struct{ *fpdf.Fpdf }

// box is a place on a page: its upper left corner, width and height, in
// millimetres.
type box struct{ x, y, w, h float64 }

// style is how text looks. The size is in points, the largest in a paragraph.
type style struct {
	font   font
	size   float64
	colour colour
	align  align
}

type (
	font   string
	align  int
	colour struct{ r, g, b int }
)

const (
	regular font = "regular"
	bold    font = "bold"
	mono    font = "mono"
)

const (
	left align = iota
	centre
	right
)

var (
	navy  = colour{20, 33, 61}
	amber = colour{252, 163, 17}
	white = colour{255, 255, 255}
	grey  = colour{96, 102, 115}
)

func newDocument() document {
	d := document{fpdf.New("P", "mm", "A5", "")}
	d.SetCatalogSort(true) // fonts in a fixed order
	d.SetAutoPageBreak(false, 0)
	d.SetMargins(0, 0, 0)
	d.SetCellMargin(0)
	d.addFont(regular, goregular.TTF)
	d.addFont(bold, gobold.TTF)
	d.addFont(mono, gomono.TTF)
	return d
}

func (d document) addFont(name font, ttf []byte) {
	// fpdf writes into the bytes when it leaves out what is not used.
	d.AddUTF8FontFromBytes(string(name), "", bytes.Clone(ttf))
}

func (d document) fill(b box, c colour) {
	d.SetFillColor(c.r, c.g, c.b)
	d.Rect(b.x, b.y, b.w, b.h, "F")
}

// line writes text that is known to fit into one line.
func (d document) line(b box, text string, s style) {
	d.SetFont(string(s.font), "", s.size)
	d.SetTextColor(s.colour.r, s.colour.g, s.colour.b)
	x := b.x + float64(s.align)/2*(b.w-d.GetStringWidth(text))
	d.Text(x, b.y+b.h*0.75, text)
}

// lineHeight is the distance of lines, in millimetres, for a size in points.
func lineHeight(size float64) float64 { return size * 1.2 * 25.4 / 72 }

// paragraph writes text of any length from the top of the box down.
func (d document) paragraph(b box, text string, s style) {
	lines, size := d.fit(b, printable(text), s)
	s.size = size
	height := lineHeight(size)
	for i, l := range lines {
		d.line(box{b.x, b.y + float64(i)*height, b.w, height}, l, s)
	}
}

// fit breaks text into lines, and finds the size in which they have room.
func (d document) fit(b box, text string, s style) ([]string, float64) {
	for size := s.size; ; size *= 0.95 {
		d.SetFont(string(s.font), "", size)
		lines := d.SplitText(text, b.w)
		if float64(len(lines))*lineHeight(size) <= b.h {
			return lines, size
		}
	}
}

var fontOfText = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is part of the program
	}
	return f
})

// printable leaves in a text what the fonts have: Latin, Greek and Cyrillic. A
// mark that would stand on a letter is dropped, any other character becomes �.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		if glyph, err := fontOfText().GlyphIndex(nil, r); err != nil || glyph == 0 {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
