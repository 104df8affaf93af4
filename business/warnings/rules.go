package warnings

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"beatplan/business"
)

// countdown is one running clock of a customer.
type countdown struct {
	Kind      Kind
	Customer  business.CustomerID
	Owner     business.PersonID
	StartedOn business.Date
	LastAt    *time.Time
	Threshold int
}

func (c countdown) dueOn() business.Date { return c.StartedOn.Add(c.Threshold) }

// overdue is how many days over the threshold a clock is that was due on due.
// Negative: so many days are left.
func overdue(due, asOf business.Date) int { return asOf.Sub(due) }

// clocksOf are the clocks that run for a customer. zone is the company's.
func clocksOf(c Customer, rules map[Kind]Rule, zone *time.Location) []countdown {
	if c.Archived {
		return nil
	}
	day := func(t *time.Time) business.Date {
		if t == nil {
			return business.Date{}
		}
		return business.DateOf(*t, zone)
	}
	var out []countdown
	for _, run := range []struct {
		kind Kind
		on   business.Date
		at   *time.Time
	}{
		{CustomerVisit, c.LastVisitOn, c.LastVisitAt},
		{CustomerOrder, day(c.LastOrderAt), c.LastOrderAt},
		{CustomerSale, day(c.LastSaleAt), c.LastSaleAt},
	} {
		k := countdown{Kind: run.kind, Customer: c.ID, Owner: c.Owner, StartedOn: run.on}
		if !run.on.IsZero() {
			k.LastAt = run.at
		} else {
			k.StartedOn = c.AssignedOn // never: counts from the assignment
		}
		k.Threshold = thresholdFor(c, rules[run.kind])
		if k.Threshold > 0 && !k.StartedOn.IsZero() {
			out = append(out, k)
		}
	}
	return out
}

// thresholdFor is the customer's threshold under a rule; 0: none.
func thresholdFor(c Customer, r Rule) int {
	if r.Kind == CustomerVisit && c.EveryDays > 0 {
		return c.EveryDays
	}
	for kind := c.Kind; kind != ""; {
		if days, ok := r.ByKind[kind]; ok {
			return days
		}
		at := strings.LastIndexByte(kind, '/')
		kind = kind[:max(at, 0)]
	}
	if days, ok := r.ByLevel[c.Level]; ok {
		return days
	}
	return r.Threshold
}

// workdays counts the days after from, up to and on to, that fall on one of the
// weekdays, without the days that are not worked all the same (false in except), and
// with those that are (true). Never negative. O(len(except)).
func workdays(
	from, to business.Date, weekdays []int, except map[business.Date]bool,
) int {
	n := max(to.Sub(from), 0)
	count := n / 7 * len(weekdays)
	for i := n / 7 * 7; i < n; i++ {
		if slices.Contains(weekdays, from.Add(i+1).ISOWeekday()) {
			count++
		}
	}
	for day, worked := range except {
		usual := slices.Contains(weekdays, day.ISOWeekday())
		switch {
		case !day.After(from) || day.After(to):
		case worked && !usual:
			count++
		case usual && !worked:
			count--
		}
	}
	return count
}

// judge compares every salesperson with the rule and with the mean of all.
func judge(kind Kind, r Rule, people []Activity, asOf business.Date) []PersonRow {
	rows := make([]PersonRow, len(people))
	var days, period float64
	for i, p := range people {
		row := PersonRow{Person: p.Person, Name: p.Name, Last: p.Last[kind]}
		from := row.Last
		if from.IsZero() {
			from = p.DutyFrom
		}
		if !from.IsZero() {
			row.Elapsed = workdays(from, asOf, r.Weekdays, p.Days)
		}
		if r.Threshold > 0 {
			row.Overdue = max(0, row.Elapsed-r.Threshold)
		}
		row.Days.Value, row.Period.Value = float64(row.Elapsed), float64(p.InPeriod[kind])
		days += row.Days.Value
		period += row.Period.Value
		rows[i] = row
	}
	for i := range rows {
		rows[i].Days = beside(rows[i].Days.Value, days/float64(len(rows)))
		rows[i].Period = beside(rows[i].Period.Value, period/float64(len(rows)))
	}
	return rows
}

func beside(value, mean float64) Beside { return Beside{value, mean, value - mean} }

// checkRule refuses settings out of bounds.
func checkRule(r Rule) error {
	e := ErrRuleInvalid
	days := func(path string, n int) {
		if n < 1 || n > 3650 {
			e = e.WithField(path, "range", "1 to 3650 days.")
		}
	}
	if r.Threshold != 0 {
		days("threshold_days", r.Threshold)
	}
	for level, n := range r.ByLevel {
		days("by_level."+level, n)
	}
	for kind, n := range r.ByKind {
		days("by_kind."+kind, n)
	}
	if len(r.ByLevel) > 20 || len(r.ByKind) > 500 {
		e = e.WithField("by_kind", "too_many", "At most 500 kinds and 20 levels.")
	}
	seen := map[int]bool{}
	for _, d := range r.Weekdays {
		if d < 1 || d > 7 || seen[d] {
			e = e.WithField("weekdays", "range", "ISO weekdays 1 to 7, each once.")
			break
		}
		seen[d] = true
	}
	if len(r.Weekdays) == 0 {
		e = e.WithField("weekdays", "required", "At least one day of the week counts.")
	}
	if len(e.Fields) > 0 {
		return e
	}
	return nil
}

// Cycle is how a customer is visited beside how it should be.
type Cycle struct {
	Customer  business.CustomerID
	Name      string
	Owner     business.PersonID
	OwnerName string
	Every     int     // planned days from visit to visit
	Mean      float64 // actual mean gap in days
	Visits    int     // distinct days with a visit, ≥ 2
}

// farthest keeps the n cycles that are the most off, those first; among equals the
// customer of the smaller id.
func farthest(list []Cycle, n int) []Cycle {
	slices.SortFunc(list, func(a, b Cycle) int {
		return cmp.Or(cmp.Compare(b.off(), a.off()), cmp.Compare(a.Customer, b.Customer))
	})
	return list[:min(len(list), n)]
}

// off is by which share of the planned cycle the actual gap is longer or shorter.
func (c Cycle) off() float64 {
	return math.Abs(c.Mean-float64(c.Every)) / float64(c.Every)
}

// abnormal reports whether the actual mean gap is off the planned cycle by more
// than the tolerance, a share of the cycle: 0.5 is half of it, to either side.
func (c Cycle) abnormal(tolerance float64) bool {
	return c.off() > tolerance
}
