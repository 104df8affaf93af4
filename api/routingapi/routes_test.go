package routingapi

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]orb.Point{
		"-75.5,39.7;-75.6,39.8":             {{-75.5, 39.7}, {-75.6, 39.8}},
		" 1 , 2 ":                           {{1, 2}},
		"":                                  nil,
		"1":                                 nil,
		"1,2;":                              nil,
		"1,2,3":                             nil,
		"a,b":                               nil,
		strings.Repeat("1,2;", 100) + "1,2": nil,
	} {
		got, err := parse(text)
		if want == nil {
			if !errors.Is(err, ErrPoints) {
				t.Errorf("%.20q: %v, %v", text, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	// What is a number but no place is for routing to refuse, with its own words.
	got, err := parse("NaN,500")
	if err != nil || !math.IsNaN(got[0][0]) {
		t.Errorf("got %v, %v", got, err)
	}
}
