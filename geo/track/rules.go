package track

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"beatplan/geo"
)

// A device's clock may run ahead a little; beyond this the fix is refused,
// because it would stand as the newest for ever.
const maxAhead = 5 * time.Minute

// check returns the batch with times cut to the millisecond, or the first fault.
func check(fixes []Fix, now time.Time) ([]Fix, error) {
	if len(fixes) > MaxBatch {
		return nil, ErrBatch
	}
	out := make([]Fix, len(fixes))
	for i, f := range fixes {
		path := fmt.Sprintf("fixes[%d]", i)
		switch {
		case !geo.Valid(f.Position):
			return nil, ErrFix.WithField(path+".position", "range",
				"The position is not a longitude within ±180° and a latitude within ±90°.")
		case f.Position[0] == 0 && f.Position[1] == 0:
			return nil, ErrFix.WithField(path+".position", "null_island",
				"The position is 0°, 0°, which devices send when they have none.")
		case f.At.Before(time.Unix(946684800, 0)):
			return nil, ErrFix.WithField(path+".at", "range", "The time is before the year 2000.")
		case f.At.After(now.Add(maxAhead)):
			return nil, ErrFix.WithField(path+".at", "future", "The time is in the future.")
		}
		f.At = f.At.UTC().Truncate(time.Millisecond)
		f.AccuracyM, f.SpeedKmh = known(f.AccuracyM), known(f.SpeedKmh)
		f.CourseDeg = known(f.CourseDeg)
		out[i] = f
	}
	return out, nil
}

// known drops what devices send for "unknown": negative numbers and NaN.
func known(v *float32) *float32 {
	if v == nil || *v < 0 || math.IsNaN(float64(*v)) || math.IsInf(float64(*v), 0) {
		return nil
	}
	return v
}

// onDuty keeps the fixes that fall into a duty of their person.
func onDuty(fixes []Fix, duties []Duty) []Fix {
	byPerson := map[int64][]Duty{}
	for _, d := range duties {
		byPerson[d.Person] = append(byPerson[d.Person], d)
	}
	var kept []Fix
	for _, f := range fixes {
		if slices.ContainsFunc(byPerson[f.Person], func(d Duty) bool { return d.covers(f.At) }) {
			kept = append(kept, f)
		}
	}
	return kept
}

func (d Duty) covers(t time.Time) bool {
	return !t.Before(d.On) && (d.Off == nil || t.Before(*d.Off))
}

// newest returns the last fix of each person, ordered by person.
func newest(fixes []Fix) []Fix {
	last := map[int64]Fix{}
	for _, f := range fixes {
		if l, ok := last[f.Person]; !ok || f.At.After(l.At) {
			last[f.Person] = f
		}
	}
	out := make([]Fix, 0, len(last))
	for _, f := range last {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Fix) int { return cmp.Compare(a.Person, b.Person) })
	return out
}
