package blob

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink draws the picture on white, at most side pixels on its longest side.
func shrink(from image.Image, side int) *image.RGBA {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > side {
		to := image.NewRGBA(image.Rect(0, 0, max(1, w*side/longest), max(1, h*side/longest)))
		average(to, from)
		return to
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	paint(to, from, b.Min)
	return to
}

// paint draws the part of the picture that begins at a point on white.
func paint(to *image.RGBA, from image.Image, at image.Point) {
	draw.Draw(to, to.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(to, to.Rect, from, at, draw.Over)
}

// average fills a smaller picture: each of its pixels is the mean of those that it stands
// for, by how much of each it covers. Beside both pictures it takes a row of the large one:
// a scaler that keeps what it has scaled one way takes several times the unpacked picture.
func average(to *image.RGBA, from image.Image) {
	b := from.Bounds()
	w, h, dw, dh := b.Dx(), b.Dy(), to.Rect.Dx(), to.Rect.Dy()
	row, painted := image.NewRGBA(image.Rect(0, 0, w, 1)), -1
	sums := make([]float32, 3*w)
	for y := range dh {
		clear(sums)
		for j := y * h / dh; j < h && j*dh < (y+1)*h; j++ {
			if j != painted {
				paint(row, from, image.Pt(b.Min.X, b.Min.Y+j))
				painted = j
			}
			part := covered(j, y, dh, h)
			for i := range w {
				sums[3*i] += part * float32(row.Pix[4*i])
				sums[3*i+1] += part * float32(row.Pix[4*i+1])
				sums[3*i+2] += part * float32(row.Pix[4*i+2])
			}
		}
		squeeze(to.Pix[to.PixOffset(0, y):][:4*dw], sums)
	}
}

// squeeze writes one row of opaque pixels from the sums of a longer one.
func squeeze(to []uint8, sums []float32) {
	w, dw := len(sums)/3, len(to)/4
	for x := range dw {
		var red, green, blue float32
		for i := x * w / dw; i < w && i*dw < (x+1)*w; i++ {
			part := covered(i, x, dw, w)
			red += part * sums[3*i]
			green += part * sums[3*i+1]
			blue += part * sums[3*i+2]
		}
		to[4*x], to[4*x+1] = uint8(red+0.5), uint8(green+0.5)
		to[4*x+2], to[4*x+3] = uint8(blue+0.5), 255
	}
}

// covered is which part of the small pixel at a place the large one at another makes up,
// where one side has so many of each.
func covered(large, small, smalls, larges int) float32 {
	from, to := max(large*smalls, small*larges), min((large+1)*smalls, (small+1)*larges)
	return float32(to-from) / float32(larges)
}
