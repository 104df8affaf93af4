package visits

import "time"

// Clock is what a device knows of its own clock beside what the clock says, so that
// setting it between an action and its sending neither loses the action nor gives it
// another time unseen.
type Clock struct {
	// By how much it ran ahead of the server's when the device last heard from the
	// server before the action, and when that was by the server's clock; zero: unknown.
	Ahead time.Duration
	Heard time.Time
	// The time since the action by a clock that nobody can set, ≥ 0. It may stand still
	// while the device sleeps: the action is at least so long ago. 0: unknown.
	Elapsed time.Duration
}

// knows reports whether there is anything to judge the device's clock by.
func (c Clock) knows() bool { return !c.Heard.IsZero() || c.Elapsed > 0 }

// longAgo bounds how far apart two times of a device's clock are believed to be.
const longAgo = 50 * 365 * 24 * time.Hour

// ago is how long before now something happened that the device dates at and sent at
// the time sent, both by its own clock; and by how much that clock was set meanwhile,
// as far as can be told; 0 when it was not.
//
// Two reckonings agree as long as nobody sets the clock: what the device says now, and
// what it would have said with the clock that it had when it heard from the server. Of
// the two that one counts which fits the time elapsed, or else which is possible: not
// before the device heard from the server, and not less than the time elapsed.
func (c Clock) ago(at, sent, now time.Time) (age, set time.Duration) {
	said := bounded(sent.Sub(at))
	kept, least, most := said, c.Elapsed-clockTolerance, longAgo
	if !c.Heard.IsZero() {
		kept = bounded(now.Sub(at)) + bounded(c.Ahead)
		most = max(now.Sub(c.Heard)+clockTolerance, least)
	}
	near := func(d time.Duration) bool {
		return c.Elapsed > 0 && (d-c.Elapsed).Abs() <= clockTolerance
	}
	fits := func(d time.Duration) bool { return d >= least && d <= most }
	switch {
	case near(said):
		age = said
	case near(kept):
		age = kept
	case fits(said):
		age = said
	case fits(kept):
		age = kept
	default:
		age = min(max(said, least), most)
	}
	age = max(age, 0)
	set = max((said - kept).Abs(), (said - age).Abs())
	if set <= clockTolerance {
		return age, 0
	}
	return age, min(set, longAgo)
}

func bounded(d time.Duration) time.Duration { return min(max(d, -longAgo), longAgo) }
