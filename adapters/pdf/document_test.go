package pdf

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParagraph(t *testing.T) {
	d := newDocument()
	d.AddPage()
	titles := rapid.StringOfN(rapid.SampledFrom([]rune("iW№ЉΩé-.    ")), 1, 200, -1)

	t.Run("has room in its box, whole, whatever the text", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			text := titles.Draw(t, "text")
			b := box{0, 0, rapid.Float64Range(20, 130).Draw(t, "width"), rapid.Float64Range(8, 40).Draw(t, "height")}
			s := style{font: rapid.SampledFrom([]font{regular, bold}).Draw(t, "font"), size: 34}

			lines, size := d.fit(b, text, s)
			if height := float64(len(lines)) * lineHeight(size); height > b.h {
				t.Errorf("%d lines of size %.1f are %.1f mm high, want %.1f", len(lines), size, height, b.h)
			}
			for _, l := range lines {
				if width := d.GetStringWidth(l); width > b.w+0.01 { // the widths of characters are rounded
					t.Errorf("%q is %.2f mm wide, want %.2f", l, width, b.w)
				}
			}
			if got, want := strings.Join(strings.Fields(strings.Join(lines, " ")), ""), strings.Join(strings.Fields(text), ""); got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		})
	})

	t.Run("is as large as it may be where there is room", func(t *testing.T) {
		if _, size := d.fit(box{0, 0, 124, 37}, "The Tempest", style{font: bold, size: 34}); size != 34 {
			t.Errorf("it has size %.1f, want 34", size)
		}
	})
}
