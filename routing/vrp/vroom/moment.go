package vroom

import (
	"fmt"

	"beatplan/routing/vrp"
)

// before is how long before the first window of a request its times begin, where
// its windows are timestamps of today: four years for whoever has no hours.
const before = 1 << 27

// began finds the second from which the problem counts: the request's own zero, or a
// moment before the first window when its windows lie too far from it. It fails when
// they lie too far from each other.
func (b *builder) began() (int, error) {
	windows, high := b.hours(), 0
	for _, w := range windows {
		high = max(high, w[0])
	}
	if high <= vrp.MaxTime/2 {
		return 0, nil
	}
	low := high
	for _, w := range windows {
		if w[1] < high { // what is open then, too, may begin later
			low = min(low, max(w[0], 0))
		}
	}
	began := max(low-before, 0)
	if high-began > vrp.MaxTime {
		return 0, fmt.Errorf("time windows: %d and %d lie more than 2³⁰ seconds apart", low, high)
	}
	return began, nil
}

// hours are all windows and given times of the request.
func (b *builder) hours() [][2]int {
	var all [][2]int
	see := func(list ...[2]int) { all = append(all, list...) }
	for i := range b.r.Jobs {
		see(b.r.Jobs[i].TimeWindows...)
	}
	for i := range b.r.Shipments {
		see(b.r.Shipments[i].Pickup.TimeWindows...)
		see(b.r.Shipments[i].Delivery.TimeWindows...)
	}
	for i := range b.r.Vehicles {
		v := &b.r.Vehicles[i]
		if v.TimeWindow != nil {
			see(*v.TimeWindow)
		}
		for _, k := range v.Breaks {
			see(k.TimeWindows...)
		}
		for _, s := range v.Steps {
			for _, at := range []*int{s.ServiceAt, s.ServiceAfter, s.ServiceBefore} {
				if at != nil {
					see([2]int{*at, *at})
				}
			}
		}
	}
	return all
}

// moment is a time of the request in the problem's seconds. What lies before or beyond
// the problem's range is its end: nothing that was planned lasts so long. What is below
// zero stays there, and is refused.
func (b *builder) moment(t int) int {
	if t < 0 {
		return t
	}
	return min(max(t-b.n.began, 0), vrp.MaxTime)
}

// window is an interval of the request in the problem's seconds, its end put off.
func (b *builder) window(w [2]int, by int) vrp.Window {
	return vrp.Window{Open: b.moment(w[0]), Close: min(b.moment(w[1])+by, vrp.MaxTime)}
}

// windows turn starts inside [a, b] into visits inside [a, b + service].
func (b *builder) windows(list [][2]int, service int) []vrp.Window {
	var out []vrp.Window
	for _, w := range list {
		out = append(out, b.window(w, service))
	}
	return out
}

// zero is what is added to the times of a route that the answer tells. A route that
// no window binds begins at 0.
func (n *Names) zero(p *vrp.Problem, v int, t *vrp.Timetable) int {
	bound := n.vehicles[v].TimeWindow != nil
	for _, k := range n.vehicles[v].Breaks {
		bound = bound || len(k.TimeWindows) > 0
	}
	for k := range t.Stops {
		x := &p.Visits[t.Stops[k].Visit]
		bound = bound || len(x.Windows) > 0
	}
	if n.began > 0 && !bound {
		return -t.Start
	}
	return n.began
}
