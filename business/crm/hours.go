package crm

import (
	"fmt"
	"slices"
	"strings"
)

func weekdays() []string { return []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"} }

// ParseHours reads opening hours in the simple and common part of OpenStreetMap's
// notation: "24/7", "Mo-Fr 09:00-12:00,13:00-18:00; Sa 10:00-14:00", "09:00-17:00"
// (every day), "Su off". It reports false for anything else; an empty text is no
// hours.
func ParseHours(text string) ([]Hours, bool) {
	if strings.TrimSpace(text) == "" {
		return []Hours{}, true
	}
	if strings.TrimSpace(text) == "24/7" {
		return []Hours{{Days: []int{1, 2, 3, 4, 5, 6, 7}, Open: "00:00", Close: "24:00"}}, true
	}
	var out []Hours
	for rule := range strings.SplitSeq(text, ";") {
		if rule = strings.TrimSpace(rule); rule == "" {
			continue
		}
		hours, ok := parseRule(rule)
		if !ok {
			return nil, false
		}
		days := map[int]bool{}
		for _, h := range hours {
			for _, d := range h.Days {
				days[d] = true
			}
		}
		out = append(without(out, days), slices.DeleteFunc(hours, func(h Hours) bool {
			return h.Open == ""
		})...)
	}
	return out, true
}

// without takes days away that a later rule replaces.
func without(hours []Hours, days map[int]bool) []Hours {
	var out []Hours
	for _, h := range hours {
		h.Days = slices.DeleteFunc(slices.Clone(h.Days), func(d int) bool { return days[d] })
		if len(h.Days) > 0 {
			out = append(out, h)
		}
	}
	return out
}

// parseRule reads "Mo-Fr 09:00-18:00"; "off" gives hours without times.
func parseRule(rule string) ([]Hours, bool) {
	days := []int{1, 2, 3, 4, 5, 6, 7}
	times := rule
	if rule[0] < '0' || rule[0] > '9' {
		var named string
		named, times, _ = strings.Cut(rule, " ")
		var ok bool
		if days, ok = parseDays(named); !ok {
			return nil, false
		}
	}
	times = strings.TrimSpace(times)
	if times == "off" || times == "closed" {
		return []Hours{{Days: days}}, true
	}
	var out []Hours
	for span := range strings.SplitSeq(times, ",") {
		from, to, ok := strings.Cut(strings.TrimSpace(span), "-")
		from, to = clockTime(from), clockTime(to)
		if !ok || from == "" || to == "" {
			return nil, false
		}
		out = append(out, Hours{Days: days, Open: from, Close: to})
	}
	return out, true
}

// clockTime makes "9:00" and "09:00" the latter; "" when it is no time of day.
func clockTime(s string) string {
	s = strings.TrimSpace(s)
	if len(s) == 4 {
		s = "0" + s
	}
	if _, ok := minutes(s); !ok {
		return ""
	}
	return s
}

func parseDays(s string) ([]int, bool) {
	var days []int
	for piece := range strings.SplitSeq(s, ",") {
		from, to, span := strings.Cut(piece, "-")
		a := slices.Index(weekdays(), from)
		b := a
		if span {
			b = slices.Index(weekdays(), to)
		}
		if a < 0 || b < 0 {
			return nil, false
		}
		for d := a; ; d = (d + 1) % 7 { // Sa-Mo goes round
			if !slices.Contains(days, d+1) {
				days = append(days, d+1)
			}
			if d == b {
				break
			}
		}
	}
	slices.Sort(days)
	return days, true
}

// FormatHours writes opening hours so that ParseHours reads them.
func FormatHours(hours []Hours) string {
	var rules []string
	for i := 0; i < len(hours); {
		days, spans := hours[i].Days, []string{}
		for ; i < len(hours) && slices.Equal(hours[i].Days, days); i++ {
			spans = append(spans, hours[i].Open+"-"+hours[i].Close)
		}
		rules = append(rules, fmt.Sprintf("%s %s", formatDays(days), strings.Join(spans, ",")))
	}
	return strings.Join(rules, "; ")
}

func formatDays(days []int) string {
	days = slices.Clone(days)
	slices.Sort(days)
	var pieces []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && days[j+1] == days[j]+1 {
			j++
		}
		piece := weekdays()[days[i]-1]
		if j > i {
			piece += "-" + weekdays()[days[j]-1]
		}
		pieces = append(pieces, piece)
		i = j + 1
	}
	return strings.Join(pieces, ",")
}
