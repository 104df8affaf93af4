package visits

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestAgoAsThePhoneLived plays phones whose clock runs wrong and is set, before the action
// or after it, whose page lives on or is killed, and that sleep; the true time is known.
func TestAgoAsThePhoneLived(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	span := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	either := func(most time.Duration) time.Duration { return span(2*most) - most }
	for range 20_000 {
		heard, age := span(10*time.Hour), span(60*time.Hour) // before the action, since it
		ahead := either(3 * time.Hour)
		var setBefore, setAfter time.Duration
		switch random.IntN(3) {
		case 0:
			setBefore = either(48 * time.Hour)
		case 1:
			setAfter = either(48 * time.Hour)
		}
		c := Clock{Heard: noon.Add(-age - heard), Ahead: ahead}
		at := noon.Add(-age + ahead + setBefore)
		sent := noon.Add(ahead + setBefore + setAfter)
		lived, slept := random.IntN(2) == 0, span(age)
		if random.IntN(2) == 0 {
			slept = 0
		}
		if lived {
			c.Elapsed = age - slept
		}
		got, set := c.ago(at, sent, noon)
		off := (got - age).Abs()
		was := (setBefore + setAfter).Abs()
		switch {
		case got < 0 || got > heard+age+clockTolerance || got < c.Elapsed-clockTolerance:
			t.Fatalf("%v ago, which cannot be: %v ago, heard %v before, %v elapsed", got, age, heard, c.Elapsed)
		case was == 0 && (off != 0 || set != 0):
			t.Fatalf("%v ago, set by %v; nobody set it, it was %v ago", got, set, age)
		case off > was:
			t.Fatalf("%v ago instead of %v: farther off than the %v that it was set", got, age, was)
		case lived && slept == 0 && c.Elapsed > 0 && off > 2*clockTolerance:
			t.Fatalf("%v ago instead of %v, though %v elapsed", got, age, c.Elapsed)
		case was > clockTolerance && (set-was).Abs() > time.Second:
			t.Fatalf("set by %v, was set by %v", set, was)
		}
	}
}

func TestAgoWithALittleKnowledge(t *testing.T) {
	hour := func(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }
	for name, c := range map[string]struct {
		clock    Clock
		at, sent time.Duration // by the device, after noon
		age, set time.Duration
	}{
		"nothing known, nothing set":     {at: -hour(3), sent: 0, age: hour(3)},
		"nothing known, set back":        {at: 0, sent: -hour(2), age: 0, set: hour(2)},
		"a clock that is a year behind":  {at: -hour(8763), sent: -hour(8760), age: hour(3)},
		"set back, the page lived":       {clock: Clock{Elapsed: hour(1)}, at: -hour(1), sent: -hour(4), age: hour(1) - clockTolerance, set: hour(4) - clockTolerance},
		"set forward by a week, killed":  {clock: Clock{Heard: noon.Add(-hour(5))}, at: -hour(3), sent: hour(168), age: hour(3), set: hour(168)},
		"set back to 1970, killed":       {clock: Clock{Heard: noon.Add(-hour(5))}, at: -hour(3), sent: -hour(24 * 365 * 56), age: hour(3), set: longAgo},
		"heard of in the future":         {clock: Clock{Heard: noon.Add(hour(9))}, at: -hour(1), sent: 0, age: 0, set: hour(1)},
		"slept, so little has elapsed":   {clock: Clock{Heard: noon.Add(-hour(5)), Elapsed: hour(0.1)}, at: -hour(4), sent: 0, age: hour(4)},
		"nothing adds up, but it is now": {clock: Clock{Heard: noon.Add(-hour(1)), Ahead: -hour(90)}, at: hour(50), sent: hour(40), age: 0, set: hour(130)},
	} {
		age, set := c.clock.ago(noon.Add(c.at), noon.Add(c.sent), noon)
		if (age-c.age).Abs() > time.Minute || (set-c.set).Abs() > time.Minute {
			t.Errorf("%s: %v ago, set by %v; want %v, %v", name, age, set, c.age, c.set)
		}
	}
}
