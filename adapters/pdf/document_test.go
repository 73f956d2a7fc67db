package pdf

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParagraph(t *testing.T) {
	d := New("a document", time.Now())
	d.AddPage()
	titles := rapid.StringOfN(rapid.SampledFrom([]rune("iW№ЉΩé-.    ")), 1, 200, -1)

	t.Run("fits into its box without losing text", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			text := titles.Draw(t, "text")
			b := Box{0, 0, rapid.Float64Range(20, 130).Draw(t, "width"), rapid.Float64Range(8, 40).Draw(t, "height")}
			s := Style{Font: rapid.SampledFrom([]Font{Regular, Bold}).Draw(t, "font"), Size: 34}

			lines, size := d.fit(b, text, s)
			if height := float64(len(lines)) * lineHeight(size); height > b.H {
				t.Errorf("%d lines of size %.1f are %.1f mm high, want %.1f", len(lines), size, height, b.H)
			}
			rounding := size / 1000 * 25.4 / 72 // SplitText rounds the width up to a thousandth of the font size
			for _, l := range lines {
				if width := d.fpdf.GetStringWidth(l); width > b.W+rounding {
					t.Errorf("%q is %.2f mm wide, want %.2f", l, width, b.W)
				}
			}
			if got, want := strings.Join(strings.Fields(strings.Join(lines, " ")), ""), strings.Join(strings.Fields(text), ""); got != want {
				t.Errorf("the lines are %q, want %q", got, want)
			}
		})
	})

	t.Run("keeps its font size if the text fits", func(t *testing.T) {
		if _, size := d.fit(Box{0, 0, 124, 37}, "The Tempest", Style{Font: Bold, Size: 34}); size != 34 {
			t.Errorf("the size is %.1f, want 34", size)
		}
	})
}
