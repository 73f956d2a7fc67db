package e2e

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that a PDF may hold
	_ "image/png"
	"os"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	pdf "github.com/pdfcpu/pdfcpu/pkg/api"
)

// readQRCodes reads the one QR code on each page of a PDF.
func readQRCodes(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := pdf.ExtractImagesRaw(bytes.NewReader(content), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for n, page := range pages {
		for _, embedded := range page {
			code, err := readQRCode(embedded)
			if err != nil {
				t.Fatalf("page %d: %v", n+1, err)
			}
			codes = append(codes, code)
		}
	}
	return codes
}

func readQRCode(embedded interface{ Read([]byte) (int, error) }) (string, error) {
	picture, _, err := image.Decode(embedded)
	if err != nil {
		return "", fmt.Errorf("picture: %w", err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", fmt.Errorf("QR code: %w", err)
	}
	return result.GetText(), nil
}
