package blob

import (
	"errors"
	"image"
	"image/color"
	"os"
	"sync"
	"unicode"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// hanFonts are where systems keep a font with Chinese characters.
func hanFonts() []string {
	return []string{
		"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
		"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
		"/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
		"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
		"/System/Library/Fonts/PingFang.ttc",
		"/Library/Fonts/Arial Unicode.ttf",
	}
}

// Letters draw lines of writing on pictures: Latin from a font of their own,
// Chinese from the system's. They are safe for concurrent use.
type Letters struct {
	latin, han *opentype.Font // han: nil when the system has none
	writing    sync.Mutex     // one picture at a time: a font's reader has a place
}

// LoadLetters finds the fonts; it keeps the system's one open, which reads the few
// characters that are drawn.
func LoadLetters() (*Letters, error) {
	latin, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	l := &Letters{latin: latin}
	for _, name := range hanFonts() {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		fonts, err := opentype.ParseCollectionReaderAt(f)
		if err == nil {
			l.han, err = fonts.Font(0)
		}
		if err == nil {
			return l, nil
		}
		_ = f.Close() // only looked at
	}
	return l, nil
}

// Draws reports whether every character of the text can be drawn. Without a
// Chinese font on the system, say who and where by number rather than in boxes.
func (l *Letters) Draws(text string) bool {
	var buf sfnt.Buffer
	for _, r := range text {
		if !unicode.IsSpace(r) && l.fontFor(r, &buf) == nil {
			return false
		}
	}
	return true
}

// fontFor is the font that has the character, nil when neither has.
func (l *Letters) fontFor(r rune, buf *sfnt.Buffer) *opentype.Font {
	for _, f := range []*opentype.Font{l.latin, l.han} {
		if f == nil {
			continue
		}
		if i, err := f.GlyphIndex(buf, r); err == nil && i != 0 {
			return f
		}
	}
	return nil
}

// Stamp writes the lines white on a dark band along the picture's lower edge,
// within its own pixels. A line that is too long is cut off with an ellipsis.
func (l *Letters) Stamp(p *image.RGBA, lines []string) error { return l.write(p, lines, 150) }

// Restamp writes other lines, as many, over those of a picture that was stamped: nothing
// shines through.
func (l *Letters) Restamp(p *image.RGBA, lines []string) error { return l.write(p, lines, 255) }

// write draws the band, as dark as that, and the lines on it.
func (l *Letters) write(p *image.RGBA, lines []string, dark uint8) error {
	height := max(11, min(p.Rect.Dx(), p.Rect.Dy())/26)
	pen, err := l.pen(p, float64(height))
	if err != nil {
		return err
	}
	step := height * 14 / 10
	band := image.Rect(p.Rect.Min.X, p.Rect.Max.Y-step*len(lines)-height/2,
		p.Rect.Max.X, p.Rect.Max.Y)
	draw.Draw(p, band, image.NewUniform(color.RGBA{0, 0, 0, dark}), image.Point{}, draw.Over)
	for i, line := range lines {
		baseline := band.Min.Y + height/4 + step*i + height
		pen.write(line, fixed.P(p.Rect.Min.X+height/2, baseline), fixed.I(p.Rect.Max.X-height/2))
	}
	return pen.close()
}

// pen draws with both fonts at one size.
type pen struct {
	letters *Letters
	latin   font.Face
	han     font.Face // nil: none
	to      *image.RGBA
	buf     sfnt.Buffer
}

func (l *Letters) pen(to *image.RGBA, size float64) (*pen, error) {
	l.writing.Lock()
	o := &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone}
	p := &pen{letters: l, to: to}
	var err error
	if p.latin, err = opentype.NewFace(l.latin, o); err == nil && l.han != nil {
		p.han, err = opentype.NewFace(l.han, o)
	}
	if err != nil {
		l.writing.Unlock()
		return nil, err
	}
	return p, nil
}

func (p *pen) close() error {
	defer p.letters.writing.Unlock()
	err := p.latin.Close()
	if p.han != nil {
		err = errors.Join(err, p.han.Close())
	}
	return err
}

func (p *pen) face(r rune) font.Face {
	if p.letters.fontFor(r, &p.buf) == p.letters.han && p.han != nil {
		return p.han
	}
	return p.latin
}

// write draws one line from at on, no further than right.
func (p *pen) write(line string, at fixed.Point26_6, right fixed.Int26_6) {
	d := font.Drawer{Dst: p.to, Src: image.White, Dot: at}
	runes := []rune(line)
	for i, r := range runes {
		d.Face = p.face(r)
		ellipsis := fixed.Int26_6(0)
		if i < len(runes)-1 {
			ellipsis = font.MeasureString(p.latin, "…")
		}
		if d.Dot.X+d.MeasureString(string(r))+ellipsis > right {
			d.Face = p.latin
			d.DrawString("…")
			return
		}
		d.DrawString(string(r))
	}
}
