package pdf

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

const (
	moduleWidth = 8 // pixels, so that a viewer that smooths pictures blurs no edge
	quietZone   = 4 // modules of white all around (ISO/IEC 18004)
)

// qrPicture is a PNG of a QR code that can be read with a quarter of it torn
// away or dirty.
func qrPicture(content string) ([]byte, error) {
	code, err := qr.Encode(content, qr.Q, qr.Auto)
	if err != nil {
		return nil, err
	}
	modules := code.Bounds().Dx()
	width := (modules + 2*quietZone) * moduleWidth
	picture := image.NewPaletted(image.Rect(0, 0, width, width), color.Palette{color.White, color.Black})
	for y := range width {
		for x := range width {
			at := image.Pt(x/moduleWidth-quietZone, y/moduleWidth-quietZone)
			if at.In(code.Bounds()) && code.At(at.X, at.Y) == color.Black {
				picture.SetColorIndex(x, y, 1)
			}
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
