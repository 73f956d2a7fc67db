// Package qrcodes reads the QR codes on the pages of a PDF.
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
)

func init() { api.DisableConfigDir() } // or pdfcpu makes one in the home folder

// Read draws the shapes of a PDF's pages and reads the QR codes on each as a
// scanner does.
func Read(t *testing.T, document []byte) [][]string {
	t.Helper()
	var pages [][]string
	for i, operators := range Pages(t, document) {
		bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn(t, operators))
		if err != nil {
			t.Fatal(err)
		}
		results, err := qrcode.NewQRCodeMultiReader().DecodeMultipleWithoutHint(bitmap)
		if err != nil {
			t.Fatalf("page %d: %v", i+1, err)
		}
		var codes []string
		for _, result := range results {
			codes = append(codes, result.GetText())
		}
		pages = append(pages, codes)
	}
	return pages
}

// square finds the upper left and the lower right corner of one that is drawn.
var square = regexp.MustCompile(`(\S+) (\S+) m\n\S+ \S+ l\n(\S+) (\S+) l\n\S+ \S+ l\nh`)

// drawn is a page at 72 pixels an inch, without its text.
func drawn(t *testing.T, operators []byte) image.Image {
	t.Helper()
	page := image.NewGray(image.Rect(0, 0, 420, 595))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	for _, match := range square.FindAllSubmatch(operators, -1) {
		var at [4]int // in pixels, from below
		for i := range at {
			points, err := strconv.ParseFloat(string(match[i+1]), 64)
			if err != nil {
				t.Fatal(err)
			}
			at[i] = int(math.Round(points))
		}
		draw.Draw(page, image.Rect(at[0], 595-at[1], at[2], 595-at[3]), image.Black, image.Point{}, draw.Src)
	}
	return page
}

// Pages takes the drawing operators of each page out of a PDF.
func Pages(t *testing.T, document []byte) [][]byte {
	t.Helper()
	var pages [][]byte
	err := api.ExtractContent(bytes.NewReader(document), nil, func(content io.Reader, page int) error {
		if page != len(pages)+1 {
			return fmt.Errorf("page %d comes after %d", page, len(pages))
		}
		operators, err := io.ReadAll(content)
		pages = append(pages, operators)
		return err
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}
