package bench

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
	"beatplan/routing"
	"beatplan/routing/match"
)

// The tracks whose matching is timed: so many fixes, so far apart, so noisy.
const (
	timedTracks = 20
	trackFixes  = 500
	fixEvery    = 10 * time.Second
	fixNoise    = 5 // metres, standard deviation of each axis
)

// truth prints the share of the tracks with known routes that is matched right.
func (b *bench) truth(ctx context.Context) error {
	if b.Tracks == "" {
		_, err := fmt.Fprintln(b.Out, "tracks absent")
		return err
	}
	tracks, err := Tracks(ctx, b.Tracks, match.Options{})
	if err != nil {
		return err
	}
	var all Truth
	for _, k := range tracks {
		all.Length, all.Right, all.Wrong = all.Length+k.Length, all.Right+k.Right, all.Wrong+k.Wrong
	}
	b.print("road_match_right_pct", 100*all.Share(), "%")
	b.print("road_match_mismatch_pct", 100*all.Mismatch(), "%")
	return nil
}

// drive samples routes through random places: a fix every ten seconds, with noise.
func (b *bench) drive(ctx context.Context, snaps []routing.Snap) ([][]orb.Point, error) {
	var out [][]orb.Point
	for tries := 0; len(out) < timedTracks && tries < 1000; tries++ {
		through := make([]routing.Snap, 12)
		for i := range through {
			through[i] = snaps[b.rng.IntN(len(snaps))]
		}
		r, err := b.engine.Through(ctx, through)
		if err != nil {
			continue // random places may not be joined
		}
		var fixes []orb.Point
		for _, leg := range r.Legs {
			fixes = append(fixes, b.sample(leg)...)
		}
		if len(fixes) >= trackFixes {
			out = append(out, fixes[:trackFixes])
		}
	}
	if len(out) < timedTracks {
		return nil, fmt.Errorf("only %d tracks are long enough", len(out))
	}
	return out, ctx.Err()
}

// sample takes fixes along a leg at its mean speed.
func (b *bench) sample(leg routing.Leg) []orb.Point {
	every := float64(leg.Distance) * fixEvery.Seconds() / max(1, leg.Duration.Seconds())
	var out []orb.Point
	left := 0.0
	for k := 1; k < len(leg.Line); k++ {
		from, to := leg.Line[k-1], leg.Line[k]
		length := float64(geodesic.Distance(from, to))
		for ; left < length; left += every {
			t := left / length
			north := fixNoise * b.rng.NormFloat64() / 111_195
			east := fixNoise * b.rng.NormFloat64() / 111_195 / math.Cos(from[1]*math.Pi/180)
			out = append(out, orb.Point{
				from[0] + t*(to[0]-from[0]) + east, from[1] + t*(to[1]-from[1]) + north,
			})
		}
		left -= length
	}
	return out
}

// matching times the match service on one connection.
func (b *bench) matching(ctx context.Context, url, name string, tracks [][]orb.Point) error {
	client := &http.Client{}
	var rates []float64
	for range b.repeats(5, 2) {
		for _, fixes := range tracks {
			var q strings.Builder
			q.WriteString(url + "/match/v1/driving/")
			for i, p := range fixes {
				if i > 0 {
					q.WriteByte(';')
				}
				fmt.Fprintf(&q, "%.6f,%.6f", p[0], p[1])
			}
			q.WriteString("?overview=false&timestamps=0")
			for i := 1; i < len(fixes); i++ {
				fmt.Fprintf(&q, ";%d", i*int(fixEvery.Seconds()))
			}
			begin := time.Now()
			if err := get(ctx, client, q.String()); err != nil {
				return err
			}
			rates = append(rates, float64(len(fixes))/time.Since(begin).Seconds())
		}
	}
	slices.Sort(rates)
	b.print(name+"_match_points_per_s", rates[len(rates)/2], "points/s")
	return nil
}
