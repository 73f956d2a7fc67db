// Package qrcodes reads the QR codes in a PDF, so that tests see what a scanner at the
// door would see.
package qrcodes

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"io"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/pdfcpu/pdfcpu/pkg/api"

	"example.com/portico/tests/testkit"
)

func init() { api.DisableConfigDir() } // otherwise pdfcpu creates a configuration folder in the home folder

// Read returns the contents of the QR codes on each page of a PDF.
func Read(t *testing.T, document []byte) [][]string {
	t.Helper()
	var pages [][]string
	for i, operators := range Pages(t, document) {
		bitmap, err := gozxing.NewBinaryBitmapFromImage(render(t, operators))
		testkit.Must(t, err)
		results, err := qrcode.NewQRCodeMultiReader().DecodeMultipleWithoutHint(bitmap)
		if err != nil {
			t.Fatalf("read the QR codes of page %d: %v", i+1, err)
		}
		var codes []string
		for _, result := range results {
			codes = append(codes, result.GetText())
		}
		pages = append(pages, codes)
	}
	return pages
}

// square matches the operators that draw a filled square. Its groups match the
// coordinates of the upper left and lower right corners.
var square = regexp.MustCompile(`(\S+) (\S+) m\n\S+ \S+ l\n(\S+) (\S+) l\n\S+ \S+ l\nh`)

// render draws the squares of a page, at 72 pixels per inch.
func render(t *testing.T, operators []byte) image.Image {
	t.Helper()
	page := image.NewGray(image.Rect(0, 0, 420, 595))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	for _, match := range square.FindAllSubmatch(operators, -1) {
		var at [4]int // in pixels, counted from the bottom left
		for i := range at {
			points, err := strconv.ParseFloat(string(match[i+1]), 64)
			testkit.Must(t, err)
			at[i] = int(math.Round(points))
		}
		draw.Draw(page, image.Rect(at[0], 595-at[1], at[2], 595-at[3]), image.Black, image.Point{}, draw.Src)
	}
	return page
}

// Pages returns the drawing operators of each page of a PDF.
func Pages(t *testing.T, document []byte) [][]byte {
	t.Helper()
	var pages [][]byte
	err := api.ExtractContent(bytes.NewReader(document), nil, func(content io.Reader, page int) error {
		if page != len(pages)+1 {
			return fmt.Errorf("got page %d after page %d", page, len(pages))
		}
		operators, err := io.ReadAll(content)
		pages = append(pages, operators)
		return err
	}, nil)
	testkit.Must(t, err)
	return pages
}
