package track

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"beatplan/geo"
)

// A device's clock may run ahead a little; beyond this the fix is refused,
// because it would stand as the newest for ever.
const maxAhead = 5 * time.Minute

// check returns the batch as it is kept, or the first fault: times cut to the
// millisecond, positions rounded to 1e-7 degrees.
func check(fixes []Fix, now time.Time) ([]Fix, error) {
	if len(fixes) > MaxBatch {
		return nil, ErrBatch
	}
	out := make([]Fix, len(fixes))
	for i, f := range fixes {
		if fault := fault(f, now); fault != nil {
			return nil, ErrFix.WithField(fmt.Sprintf("fixes[%d].%s", i, fault[0]), fault[1], fault[2])
		}
		f.At = f.At.UTC().Truncate(time.Millisecond)
		f.Position[0] = float64(units(f.Position[0])) / degreeUnits
		f.Position[1] = float64(units(f.Position[1])) / degreeUnits
		f.AccuracyM, f.SpeedKmh = known(f.AccuracyM), known(f.SpeedKmh)
		f.CourseDeg = known(f.CourseDeg)
		out[i] = f
	}
	return out, nil
}

// fault is the field, the code and the sentence of what is wrong with a fix; nil
// when nothing is.
func fault(f Fix, now time.Time) []string {
	switch {
	case !geo.Valid(f.Position):
		return []string{"position", "range",
			"The position is not a longitude within ±180° and a latitude within ±90°."}
	case f.Position[0] == 0 && f.Position[1] == 0:
		return []string{"position", "null_island",
			"The position is 0°, 0°, which devices send when they have none."}
	case f.At.Before(time.Unix(946684800, 0)):
		return []string{"at", "range", "The time is before the year 2000."}
	case f.At.After(now.Add(maxAhead)):
		return []string{"at", "future", "The time is in the future."}
	}
	return nil
}

// known drops what devices send for "unknown": negative numbers and NaN.
func known(v *float32) *float32 {
	if v == nil || *v < 0 || math.IsNaN(float64(*v)) || math.IsInf(float64(*v), 0) {
		return nil
	}
	return v
}

// permitted keeps the fixes that fall into a duty of a person who agreed, and
// counts the others by their reason.
func permitted(fixes []Fix, permits map[int64][]permit) (kept []Fix, r Receipt) {
	kept = make([]Fix, 0, len(fixes))
	for _, f := range fixes {
		duty := slices.IndexFunc(permits[f.Person], func(p permit) bool { return p.covers(f.At) })
		switch {
		case duty < 0:
			r.OffDuty++
		case !permits[f.Person][duty].consent:
			r.NoConsent++
		default:
			kept = append(kept, f)
		}
	}
	r.Stored = len(kept)
	return kept, r
}

// whole reports whether one duty of a person who agreed covers the segment.
func (s segment) whole(permits []permit) bool {
	return slices.ContainsFunc(permits, func(p permit) bool {
		return p.consent && p.covers(s.first) && p.covers(s.last)
	})
}

// between returns the fixes from ≤ t < to in the order of time, each instant once.
func between(fixes []Fix, sorted bool, from, to time.Time) []Fix {
	if !sorted {
		slices.SortStableFunc(fixes, func(a, b Fix) int { return a.At.Compare(b.At) })
		fixes = slices.CompactFunc(fixes, sameInstant)
	}
	low := sort.Search(len(fixes), func(i int) bool { return !fixes[i].At.Before(from) })
	high := sort.Search(len(fixes), func(i int) bool { return !fixes[i].At.Before(to) })
	return fixes[low:max(low, high)]
}
