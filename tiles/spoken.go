package tiles

import "sync"

// spoken remembers how words were read: which tiles a scope is answered with when it
// asks in them on a day. The zero value is ready.
type spoken struct {
	mu  sync.RWMutex
	day int64
	of  map[words]string
}

// words are a query as it was spelled, in the mouth of a scope.
type words struct {
	all     bool
	version string // of the scope
	text    string
	datum   string
}

const (
	maxSpoken  = 4096 // that are remembered
	longSpoken = 1024 // bytes; longer ones are read each time
)

// wordsOf are those of a request; false when they cannot be remembered, or are not
// known: a query without words is not the one that has none.
func wordsOf(r Request) (words, bool) {
	w := words{r.Scope.All, r.Scope.Version, r.Words, string(mapDatum(r.Datum))}
	spelled := w.text != "" || len(r.Query) == 0
	return w, spelled && (w.all || w.version != "") && len(w.text) <= longSpoken
}

// keep remembers that the request's words mean these tiles on a day.
func (s *spoken) keep(r Request, day int64, what string) {
	w, ok := wordsOf(r)
	if !ok {
		return
	}
	if known, ok := s.read(r, day); ok && known == what {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil || s.day != day || len(s.of) >= maxSpoken {
		s.of, s.day = map[words]string{}, day
	}
	s.of[w] = what
}

// read is what the request's words mean on a day.
func (s *spoken) read(r Request, day int64) (what string, ok bool) {
	w, ok := wordsOf(r)
	if !ok {
		return "", false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	what, ok = s.of[w]
	return what, ok && s.day == day
}
