package gazetteer

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// queryWords bounds the words of a question that count.
	queryWords = 8
	// hanWindow is the length, in characters, of the pieces into which text without
	// spaces is cut: one from each character on.
	hanWindow = 6
)

// short maps the long form of a word in addresses to the form that stands for
// both.
func short(word string) string {
	switch word {
	case "street", "saint":
		return "st"
	case "avenue":
		return "ave"
	case "road":
		return "rd"
	case "boulevard":
		return "blvd"
	case "drive":
		return "dr"
	case "lane":
		return "ln"
	case "court":
		return "ct"
	case "highway":
		return "hwy"
	case "parkway":
		return "pkwy"
	case "place":
		return "pl"
	case "square":
		return "sq"
	case "north":
		return "n"
	case "south":
		return "s"
	case "east":
		return "e"
	case "west":
		return "w"
	case "mount":
		return "mt"
	case "fort":
		return "ft"
	}
	return word
}

// split cuts text into comparable words: lower case, without accents, address
// words in their short form. Text in Chinese characters is one word a run.
func split(text string) []string {
	var out []string
	var word strings.Builder
	han := false
	flush := func() {
		if word.Len() > 0 {
			out = append(out, short(word.String()))
			word.Reset()
		}
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '.':
			continue // accents, and marks within a word
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		}
		if h := unicode.Is(unicode.Han, r); h != han {
			flush()
			han = h
		}
		word.WriteRune(unicode.ToLower(r))
	}
	flush()
	return out
}

// pieces are the words under which folded text is filed: each word, and for Chinese each
// window of characters.
func pieces(text string) []string {
	var out []string
	for w := range strings.FieldsSeq(text) {
		runes := []rune(w)
		if !unicode.Is(unicode.Han, runes[0]) {
			out = append(out, w)
			continue
		}
		for i := range runes {
			out = append(out, string(runes[i:min(len(runes), i+hanWindow)]))
		}
	}
	return out
}

// words is an inverted index: words in order, and for each the entries that have
// it, ascending.
type words struct {
	list  []string
	first []uint32 // into found; one more than words
	found []uint32
}

func newWords(folded []names) words {
	type pair struct {
		word  string
		entry uint32
	}
	var pairs []pair
	for i := range folded {
		for _, name := range folded[i] {
			for _, w := range pieces(name) {
				pairs = append(pairs, pair{w, uint32(i)})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if c := strings.Compare(a.word, b.word); c != 0 {
			return c
		}
		return int(a.entry) - int(b.entry)
	})
	pairs = slices.Compact(pairs)
	var w words
	for i, p := range pairs {
		if i == 0 || p.word != pairs[i-1].word {
			w.list = append(w.list, p.word)
			w.first = append(w.first, uint32(i))
		}
		w.found = append(w.found, p.entry)
	}
	w.first = append(w.first, uint32(len(pairs)))
	return w
}

// entriesWith returns the entries that have a word beginning with prefix, not
// sorted and with repeats.
func (w *words) entriesWith(prefix string) []uint32 {
	lo := sort.SearchStrings(w.list, prefix)
	hi := lo + sort.Search(len(w.list)-lo, func(i int) bool {
		return !strings.HasPrefix(w.list[lo+i], prefix)
	})
	if len(w.first) == 0 {
		return nil
	}
	return w.found[w.first[lo]:w.first[hi]]
}
