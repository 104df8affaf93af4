package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/business/visits"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// asked is a call of the demo's morning.
type asked struct {
	worker, customer int // whose customer calls
	note, skill      string
	ago, minutes     int           // opened so long ago; time on site
	within           time.Duration // from now; 0: any time
	priority         visits.Priority
}

func morningCalls() []asked {
	return []asked{
		{0, 3, "冷柜停机，奶制品在化 Freezer is down", "制冷 Cooling", 35, 45, 3 * time.Hour, visits.Urgent},
		{4, 5, "货架标签缺失 Shelf labels missing", "", 70, 20, 0, visits.Normal},
		{7, 2, "店主要谈第四季度返利 Owner asks about Q4 rebate", "", 10, 30, 5 * time.Hour, visits.High},
	}
}

// skillOf is what each third of the demo's people can do besides selling.
func skillOf(n int) []string {
	return [][]string{{"制冷 Cooling"}, {"陈列 Display"}, nil}[n%3]
}

// calls says once what people can do, and puts this day's calls on the dispatchers' board,
// each once.
func (h House) calls(ctx context.Context, people []worker) error {
	found, err := h.Identity.People(ctx, scope.Everything(),
		identity.Filter{Role: string(business.Dispatcher)}, identity.Seek{}, 1)
	if err != nil || len(found) == 0 {
		return err
	}
	desk := visits.Caller{
		Actor: business.Actor{Person: found[0].ID, Role: business.Dispatcher},
		Scope: scope.Everything(),
	}
	for n, w := range people {
		set := visits.Skills{Person: w.ID, Names: skillOf(n)}
		_, err := h.Visits.SetSkills(ctx, desk, key("skills", w.Login), set)
		if err != nil && !errors.Is(err, idem.ErrKeyReused) { // an earlier start said it
			return fmt.Errorf("skills of %s: %w", w.Login, err)
		}
	}
	now := h.Clock.Now()
	for n, a := range morningCalls() {
		if a.worker >= len(people) {
			continue
		}
		w := people[a.worker]
		at := slices.IndexFunc(w.customers[min(a.customer, len(w.customers)):],
			func(c crm.Customer) bool { return c.Position != nil })
		if at < 0 {
			continue
		}
		call := visits.NewCall{
			Customer: w.customers[a.customer+at].ID, Note: a.note, Skill: a.skill,
			Priority: a.priority, Need: visits.Need{Service: time.Duration(a.minutes) * time.Minute},
		}
		if a.within > 0 {
			until := now.Add(a.within).Truncate(time.Minute)
			call.Need.Until = &until
		}
		once := idem.Key(fmt.Sprintf("%s-%d", dayKey("call", w, business.DateOf(now, h.Zone)), n))
		then := h.Visits.At(clock.NewManual(now.Add(-time.Duration(a.ago) * time.Minute)))
		_, err := then.OpenCall(ctx, desk, once, call)
		if errors.Is(err, idem.ErrKeyReused) {
			continue // an earlier start of this day asked for it
		}
		if err != nil {
			return fmt.Errorf("call %d: %w", n, err)
		}
	}
	return nil
}
