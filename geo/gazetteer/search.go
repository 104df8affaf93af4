package gazetteer

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"beatplan/geo/geodesic"
)

// Match is one answer.
type Match struct {
	Kind     Kind
	Title    string // "North Market Street", "1200 Market Street"
	Subtitle string // "Wilmington, New Castle County, Delaware"
	Point    orb.Point
	Score    float64 // higher is better; comparable between regions
}

// Query is what a person looks for.
type Query struct {
	Text     string
	Language string     // en, zh; anything else: names as written on the ground
	Near     *orb.Point // what is near comes first among equals
	Limit    int        // 1 to 50; 10 when 0
}

const (
	// mostCandidates bounds the entries that are weighed for one question.
	mostCandidates = 20_000
	// commonWord is the number of entries from which a word leads nowhere when
	// there are others.
	commonWord = 8_000
)

// Search returns what the words name, the best first. Every word must begin a
// word of the name or of its surroundings. Numbers of houses are found with their
// street, in either order. About 1 ms for 100,000 names.
func (g *Gazetteer) Search(q Query) []Match {
	asked := split(q.Text)
	if len(asked) == 0 {
		return nil
	}
	asked = asked[:min(len(asked), queryWords)]
	limit := cmp.Or(min(q.Limit, 50), 10)
	var found []Match
	for _, i := range g.candidates(asked) {
		e := &g.entries[i]
		score, ok := g.weigh(i, e, asked)
		if !ok {
			continue
		}
		if q.Near != nil {
			km := float64(geodesic.Distance(*q.Near, e.at)) / 1000
			score -= 0.15 * math.Log2(1+km)
		}
		found = append(found, Match{e.kind, e.names.in(q.Language),
			g.contexts[e.around].in(q.Language), e.at, score})
	}
	slices.SortStableFunc(found, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return distinct(found, limit)
}

// distinct drops answers that read the same as a better one.
func distinct(found []Match, limit int) []Match {
	var out []Match
	seen := map[string]bool{}
	for _, m := range found {
		key := strings.ToLower(m.Title + "\x00" + m.Subtitle)
		if seen[key] {
			continue
		}
		seen[key] = true
		if out = append(out, m); len(out) == limit {
			break
		}
	}
	return out
}

// candidates are the entries in whose names some word occurs, the most important
// first. Words that half of all names have are left to weigh, unless there is no
// other.
func (g *Gazetteer) candidates(asked []string) []uint32 {
	lists := make([][]uint32, 0, len(asked))
	for _, w := range asked {
		if r := []rune(w); len(r) > hanWindow && r[0] > 0x2E80 {
			w = string(r[:hanWindow])
		}
		lists = append(lists, g.words.entriesWith(w))
	}
	slices.SortStableFunc(lists, func(a, b []uint32) int { return cmp.Compare(len(a), len(b)) })
	var all []uint32
	for _, list := range lists {
		if len(all) > 0 && len(all)+len(list) > commonWord {
			break
		}
		all = append(all, list...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), mostCandidates)]
}

// weigh scores an entry; false when some word is neither in its names nor around.
func (g *Gazetteer) weigh(i uint32, e *entry, asked []string) (float64, bool) {
	best, ok := 0.0, false
	around := g.nearby[e.around]
	for _, name := range g.folded[i] {
		if name == "" {
			continue
		}
		if s, fits := weighName(name, asked, around); fits && (!ok || s > best) {
			best, ok = s, true
		}
	}
	base := [...]float64{City: 3, Town: 2.6, Village: 2, Landmark: 1.6, Business: 1.2,
		Street: 1.4, House: 1}
	return best + base[e.kind], ok
}

// weighName rewards names that hold the asked words whole, in order and little
// else.
func weighName(have string, asked []string, around string) (float64, bool) {
	score := 0.0
	used := 0
	for i, w := range asked {
		switch at, whole := begins(have, w); {
		case at >= 0:
			used++
			score++
			if whole {
				score += 0.5
			}
			if at == i {
				score += 0.25
			}
		default:
			if at, _ := begins(around, w); at < 0 {
				return 0, false
			}
			score += 0.3
		}
	}
	if used == 0 {
		return 0, false
	}
	words := 1 + strings.Count(have, " ")
	return score - 0.25*float64(max(0, words-used)) -
		0.01*float64(utf8.RuneCountInString(have)-words), true
}

// begins is the place of the first word that begins with the asked one, or that
// holds it in Chinese, where words have no beginning, and whether it is the same
// word; -1 when none does. Have are folded words with blanks between.
func begins(have, asked string) (at int, whole bool) {
	r, _ := utf8.DecodeRuneInString(asked)
	for w := range strings.SplitSeq(have, " ") {
		if strings.HasPrefix(w, asked) || r > 0x2E80 && strings.Contains(w, asked) {
			return at, w == asked
		}
		at++
	}
	return -1, false
}
