package pdf

import (
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// QRCode draws a QR code that can be read with a quarter of it torn off or
// dirty. The box needs a white margin of four modules (ISO/IEC 18004).
//
// The code is one shape, because some viewers leave a thin white line between
// shapes that touch. It is not an image, because fpdf stores images in any order.
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

// square adds a square to the shape that is drawn next.
func (d *Document) square(x, y, width float64) {
	d.fpdf.MoveTo(x, y)
	d.fpdf.LineTo(x+width, y)
	d.fpdf.LineTo(x+width, y+width)
	d.fpdf.LineTo(x, y+width)
	d.fpdf.ClosePath()
}
