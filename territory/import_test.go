package territory

import "testing"

func TestANameOfSeveralIsNobodys(t *testing.T) {
	who := whoIs([]Salesperson{{ID: 7, Name: "Li Wei"}, {ID: 8, Name: "li wei"}, {ID: 9, Name: "8"}})
	for text, want := range map[string]struct {
		id   int64
		code string
	}{
		"":        {0, ""},
		"7":       {7, ""},
		" 8":      {8, ""}, // an id goes before a name
		"Li Wei ": {0, "ambiguous_person"},
		"Wang":    {0, "unknown_person"},
	} {
		if id, code, _ := who(text); id != want.id || code != want.code {
			t.Errorf("%q: %d %s, want %d %s", text, id, code, want.id, want.code)
		}
	}
}
