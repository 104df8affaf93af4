package track

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/paulmach/orb"
)

// ride is a made-up day: n fixes, some ten seconds apart, standing a third of the
// time, with noise that drifts as that of receivers does.
func ride(rng *rand.Rand, n int) []Fix {
	fixes := make([]Fix, 0, n)
	at := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	x, y, speed, course, nx, ny := -75.5, 39.1, 0.0, 0.0, 0.0, 0.0
	accuracy := float32(6)
	for i := range n {
		if (i/120)%3 == 2 {
			speed = 0
		} else {
			speed = min(25, max(5, speed+rng.NormFloat64()*1.5))
			course += rng.NormFloat64() * 0.1
		}
		x += speed * 10 * math.Sin(course) / 86_000
		y += speed * 10 * math.Cos(course) / 111_000
		nx, ny = nx*0.95+rng.NormFloat64()*0.7, ny*0.95+rng.NormFloat64()*0.7
		if rng.IntN(10) == 0 {
			accuracy = float32(4 + rng.IntN(8))
		}
		kmh, deg, acc := float32(math.Round(speed*36)/10),
			float32(math.Round(math.Mod(course*180/math.Pi+3600, 360))), accuracy
		at = at.Add(10 * time.Second)
		fixes = append(fixes, Fix{Person: 1, At: at, SpeedKmh: &kmh, CourseDeg: &deg, AccuracyM: &acc,
			Position: orb.Point{
				float64(units(x+nx/86_000)) / degreeUnits, float64(units(y+ny/111_000)) / degreeUnits},
			Source: "app"})
	}
	return fixes
}

func TestChunksHoldWhatTheyAreGiven(t *testing.T) {
	c, rng := newCodec(), rand.New(rand.NewPCG(3, 1))
	for n := range 300 {
		fixes := ride(rng, n)
		for i := range fixes { // gaps, unknown values, two devices, far places
			switch rng.IntN(8) {
			case 0:
				fixes[i].SpeedKmh, fixes[i].Source = nil, "owntracks"
			case 1:
				fixes[i].CourseDeg, fixes[i].AccuracyM = nil, nil
			case 2:
				fixes[i].Position = orb.Point{-180, 90}
			}
		}
		back, err := c.decode(1, c.encode(fixes))
		if err != nil {
			t.Fatal(err)
		}
		if len(back) != len(fixes) || n > 0 && !reflect.DeepEqual(back, fixes) {
			t.Fatalf("%d fixes came back as %d others", n, len(back))
		}
	}
}

// Pauses that are all multiples of hours, and of any other step, hold too.
func TestChunksHoldSparseFixes(t *testing.T) {
	c, rng := newCodec(), rand.New(rand.NewPCG(6, 1))
	begin := time.Date(2026, 11, 23, 1, 2, 3, 4e6, time.UTC)
	hold := func(n int, pause func() time.Duration) {
		t.Helper()
		fixes, at := ride(rng, n), begin
		for i := range fixes {
			fixes[i].At = at
			at = at.Add(pause())
		}
		back, err := c.decode(1, c.encode(fixes))
		if err != nil || !reflect.DeepEqual(back, fixes) {
			t.Fatalf("%d fixes came back as %v, %v", n, back, err)
		}
	}
	hold(2, func() time.Duration { return 2 * time.Hour })
	hold(26, func() time.Duration { return time.Hour })
	hold(13, func() time.Duration { return 2 * time.Hour })
	for range 500 {
		step := time.Duration(1+rng.Int64N(1<<rng.IntN(36))) * time.Millisecond
		hold(1+rng.IntN(70), func() time.Duration { return step * time.Duration(1+rng.IntN(4)) })
	}
}

func TestAChunkIsSmall(t *testing.T) {
	c := newCodec()
	size := float64(len(c.encode(ride(rand.New(rand.NewPCG(5, 1)), 2500)))) / 2500
	if size > 4.2 {
		t.Errorf("%.2f bytes per fix", size)
	}
}

// mixed is a ride of two devices that do not always tell everything.
func mixed(n int) []Fix {
	fixes := ride(rand.New(rand.NewPCG(4, 1)), n)
	for i := range fixes {
		if i%9 == 4 {
			fixes[i].SpeedKmh, fixes[i].Source = nil, "owntracks"
		}
		if i%11 == 5 {
			fixes[i].CourseDeg, fixes[i].AccuracyM = nil, nil
		}
	}
	return fixes
}

// Chunks that earlier builds wrote, of either version, are read as they were.
func TestChunksOfEarlierBuildsAreRead(t *testing.T) {
	for version, n := range map[byte]int{1: 200, 2: 700} {
		data, err := os.ReadFile(fmt.Sprintf("testdata/chunk%d.bin", version))
		if err != nil {
			t.Fatal(err)
		}
		got, err := newCodec().decode(1, data)
		if err != nil || data[0] != version || !reflect.DeepEqual(got, mixed(n)) {
			t.Errorf("version %d: %d fixes of %d, %v", version, len(got), n, err)
		}
	}
}

func FuzzDamagedChunks(f *testing.F) {
	c := newCodec()
	whole := c.encode(ride(rand.New(rand.NewPCG(4, 1)), 50))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte{2, 0xff, 0xff, 0x07, 1, 0})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Add(encodeMessage(time.Now(), c.pack(ride(rand.New(rand.NewPCG(4, 2)), 20))))
	f.Fuzz(func(t *testing.T, data []byte) {
		if fixes, err := c.decode(1, data); err == nil && len(fixes) > chunkMax {
			t.Error("too many fixes")
		}
		if _, segments, err := decodeMessage(data); err == nil && len(segments) == 0 {
			t.Error("an empty message was read")
		}
	})
}

func BenchmarkReadADay(b *testing.B) {
	c := newCodec()
	data := c.encode(ride(rand.New(rand.NewPCG(5, 1)), 2500))
	for b.Loop() {
		if _, err := c.decode(1, data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/2500, "B/fix")
}

func BenchmarkWriteADay(b *testing.B) {
	c := newCodec()
	fixes := ride(rand.New(rand.NewPCG(5, 1)), 2500)
	for b.Loop() {
		c.encode(fixes)
	}
}
