package pdf

import (
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// qrCode draws a QR code that can be read with a quarter of it torn away or
// dirty. The box is to have four modules of white around it (ISO/IEC 18004).
//
// All is one shape, because some viewers leave a hair of white between shapes
// that touch. It is no picture: fpdf stores those in any order.
func (d document) qrCode(b box, content string) error {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return err
	}
	d.SetFillColor(0, 0, 0)
	modules := code.Bounds().Dx()
	width := b.w / float64(modules)
	for y := range modules {
		for x := range modules {
			if code.At(x, y) == color.Black {
				d.square(b.x+float64(x)*width, b.y+float64(y)*width, width)
			}
		}
	}
	d.DrawPath("F")
	return nil
}

// square adds one to the shape that is drawn next.
func (d document) square(x, y, width float64) {
	d.MoveTo(x, y)
	d.LineTo(x+width, y)
	d.LineTo(x+width, y+width)
	d.LineTo(x, y+width)
	d.ClosePath()
}
