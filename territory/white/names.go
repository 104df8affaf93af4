package white

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Name is what is compared of a shop's name: Latin words and Chinese characters
// apart, without accents, company forms and words that every shop has.
type Name struct {
	latin, han form
	// main is the name without what stands in brackets, as a branch's town does.
	main *Name
}

// form is one script's part of a name.
type form struct {
	text  string   // words joined
	words []string // Latin words; Chinese runs
	pairs []string // neighbouring characters, sorted
}

// empty words of shop names, in small letters.
func emptyWord(w string) bool {
	switch w {
	case "the", "a", "and", "of", "inc", "llc", "ltd", "co", "corp", "company", "plc", "gmbh", "sa",
		"store", "stores", "shop":
		return true
	}
	return false
}

// endings of Chinese company and branch names, the longest first.
func endings() []string {
	return []string{"有限责任公司", "股份有限公司", "有限公司", "分公司", "公司", "专卖店", "旗舰店",
		"总店", "分店", "门店", "商店", "店"}
}

// ParseName takes a name apart. Names in several scripts, "沃尔玛 Walmart", are
// compared by each that both sides have.
func ParseName(text string) Name {
	n := parse(text)
	if main := withoutBrackets(text); main != text {
		m := parse(main)
		n.main = &m
	}
	return n
}

func parse(text string) Name {
	var latin, han []string
	for _, w := range split(text) {
		first, _ := utf8.DecodeRuneInString(w)
		switch {
		case unicode.Is(unicode.Han, first):
			for _, e := range endings() {
				if rest := strings.TrimSuffix(w, e); rest != w && rest != "" {
					w = rest
					break
				}
			}
			han = append(han, w)
		case !emptyWord(w):
			latin = append(latin, w)
		}
	}
	return Name{latin: formOf(latin), han: formOf(han)}
}

func formOf(words []string) form {
	f := form{text: strings.Join(words, ""), words: words}
	runes := []rune(f.text)
	for i := 1; i < len(runes); i++ {
		f.pairs = append(f.pairs, string(runes[i-1:i+1]))
	}
	if len(runes) == 1 {
		f.pairs = []string{f.text}
	}
	slices.Sort(f.pairs)
	return f
}

func withoutBrackets(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch r {
		case '(', '（', '[', '【':
			depth++
			return -1
		case ')', '）', ']', '】':
			depth = max(0, depth-1)
			return -1
		}
		if depth > 0 {
			return -1
		}
		return r
	}, text)
}

// split cuts a name into words of one script, in small letters without accents.
func split(text string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out, word = append(out, string(word)), nil
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
		if n := len(word); n > 0 && unicode.Is(unicode.Han, r) != unicode.Is(unicode.Han, word[n-1]) {
			flush()
		}
		word = append(word, unicode.ToLower(r))
	}
	flush()
	return out
}

// contained is how alike two names are of which one holds all of the other.
const contained = 0.9

// Similarity is how alike two names are, 0 to 1: the better of what the scripts say
// that both have, by the share of pairs of neighbouring characters in common (Dice
// 1945, doi:10.2307/1932409); 0.9 at least where one name holds the whole other.
func Similarity(a, b Name) float64 {
	best := max(likeness(a.latin, b.latin), likeness(a.han, b.han))
	if a.main != nil {
		best = max(best, Similarity(*a.main, b))
	}
	if b.main != nil {
		best = max(best, Similarity(a, *b.main))
	}
	return best
}

func likeness(a, b form) float64 {
	if len(a.pairs) == 0 || len(b.pairs) == 0 {
		return 0
	}
	if a.text == b.text {
		return 1
	}
	common := 0
	for i, j := 0, 0; i < len(a.pairs) && j < len(b.pairs); {
		switch strings.Compare(a.pairs[i], b.pairs[j]) {
		case 0:
			common, i, j = common+1, i+1, j+1
		case -1:
			i++
		default:
			j++
		}
	}
	alike := 2 * float64(common) / float64(len(a.pairs)+len(b.pairs))
	if holds(a, b) || holds(b, a) {
		return max(alike, contained)
	}
	return alike
}

// holds reports whether every word of part is one of whole's; one short word is
// not enough. Chinese has no blanks, so there a part of the text will do.
func holds(whole, part form) bool {
	if utf8.RuneCountInString(part.text) < 2 {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(part.text); unicode.Is(unicode.Han, r) {
		return strings.Contains(whole.text, part.text)
	}
	if len(part.text) < 4 {
		return false
	}
	for _, w := range part.words {
		if !slices.Contains(whole.words, w) {
			return false
		}
	}
	return true
}
