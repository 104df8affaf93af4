package api

import (
	_ "embed" // the words
	"net/http"
	"strings"
)

// words holds, under a heading, a line for each name that a file can show: name,
// English, Chinese. Names are those of JSON fields; "state." begins a value.
//
//go:embed words.tsv
var words string

// Language is that of a file's words, "zh" or "en": the parameter language, else
// Accept-Language, else English.
func Language(r *http.Request) string {
	l := r.URL.Query().Get("language")
	if l == "" {
		l = r.Header.Get("Accept-Language")
	}
	return LanguageOf(l)
}

// LanguageOf is "zh" for an Accept-Language that begins with Chinese, else "en".
func LanguageOf(accept string) string {
	if strings.HasPrefix(strings.ToLower(accept), "zh") {
		return "zh"
	}
	return "en"
}

// Word is what a reader of a language sees of a name; the name itself where there is
// no word for it.
func Word(language, name string) string {
	_, line, found := strings.Cut(words, "\n"+name+"\t")
	if !found {
		return name
	}
	line, _, _ = strings.Cut(line, "\n")
	english, chinese, _ := strings.Cut(line, "\t")
	if language == "zh" {
		return chinese
	}
	return english
}

// Words are the words of names, as the head of a table.
func Words(language string, names ...string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = Word(language, name)
	}
	return out
}
