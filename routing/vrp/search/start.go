package search

import (
	"beatplan/routing/vrp"
	"beatplan/routing/vrp/check"
)

// usable reports whether a plan keeps every rule, visits left out apart.
func usable(p *vrp.Problem, s vrp.Solution) bool {
	if len(s.Routes) != len(p.Vehicles) {
		return false
	}
	q := *p
	q.Visits, q.Groups = nil, nil
	for _, x := range p.Visits {
		x.Optional = true
		q.Visits = append(q.Visits, x)
	}
	for _, g := range p.Groups {
		g.Required = false
		q.Groups = append(q.Groups, g)
	}
	q.Patterns = nil
	for _, x := range p.Patterns {
		x.Optional = true
		q.Patterns = append(q.Patterns, x)
	}
	q.Balance.MinDuty = 0
	times := make([]vrp.Timetable, len(s.Routes))
	for v, route := range s.Routes {
		for _, i := range route {
			if i < 0 || i >= len(p.Visits) {
				return false
			}
		}
		times[v] = vrp.Schedule(&q, v, route)
	}
	cost, _ := vrp.Evaluate(&q, s)
	return len(check.Faults(&q, check.Plan{Solution: s, Times: times, Cost: cost})) == 0
}
