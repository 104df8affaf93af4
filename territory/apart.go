package territory

import "slices"

// places are where customers stand in a list.
func places(list []Unit) map[int64]int {
	at := make(map[int64]int, len(list))
	for i := range list {
		at[list[i].Customer] = i
	}
	return at
}

// together counts the pairs that should be kept apart and are one person's.
func together(list []Unit, pairs [][2]int64, of func(*Unit) int64) (n int) {
	if len(pairs) == 0 {
		return 0
	}
	at := places(list)
	for _, p := range pairs {
		a, okA := at[p[0]]
		b, okB := at[p[1]]
		if okA && okB && of(&list[a]) != 0 && of(&list[a]) == of(&list[b]) {
			n++
		}
	}
	return n
}

// part takes back, of every pair that an edit brought together, the one that came, or
// leaves it to nobody when whom it had has left the scenario.
func part(before, after []Unit, pairs [][2]int64, in []Member) {
	if len(pairs) == 0 {
		return
	}
	at := places(after)
	back := func(i int) {
		after[i].Person = before[i].Person
		if !holds(in, after[i].Person) {
			after[i].Person = 0
		}
	}
	for range 2 { // taking one back may bring it to its partner
		for _, p := range pairs {
			a, okA := at[p[0]]
			b, okB := at[p[1]]
			if !okA || !okB || after[a].Person == 0 || after[a].Person != after[b].Person {
				continue
			}
			switch {
			case after[b].Person != before[b].Person:
				back(b)
			case after[a].Person != before[a].Person:
				back(a)
			}
		}
	}
}

// apart are the pairs in the solver's terms.
func apart(list []Unit, pairs [][2]int64) (out [][2]int) {
	if len(pairs) == 0 {
		return nil
	}
	at := places(list)
	for _, p := range pairs {
		a, okA := at[p[0]]
		b, okB := at[p[1]]
		if okA && okB && !slices.Contains(out, [2]int{a, b}) {
			out = append(out, [2]int{a, b})
		}
	}
	return out
}
