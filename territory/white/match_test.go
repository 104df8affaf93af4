package white

import (
	"testing"

	"github.com/paulmach/orb"
)

func TestSimilarityOfShopNames(t *testing.T) {
	for _, c := range []struct {
		a, b      string
		low, high float64
	}{
		{"Wawa", "WAWA", 1, 1},
		{"McDonald's", "McDonalds", 1, 1},
		{"Café Olé", "Cafe Ole", 1, 1},
		{"The Hardware Store, Inc.", "Hardware", 1, 1},
		{"Shell", "Shell Food Mart", 0.9, 0.9},
		{"Wal-Mart Supercenter", "Walmart", 0.5, 0.9},
		{"Joe's Pizza", "Jim's Tires", 0, 0.4},
		{"沃尔玛", "沃尔玛(人民广场店)", 1, 1},
		{"北京稻香村食品有限责任公司", "稻香村", 0.9, 0.9},
		{"沃尔玛 Walmart", "Walmart", 1, 1},
		{"沃尔玛 Walmart", "沃尔玛", 1, 1},
		{"永辉超市", "华润万家", 0, 0.2},
		{"沃尔玛", "Walmart", 0, 0}, // no script in common
		{"A", "AAA Insurance", 0, 0.5},
		{"", "Wawa", 0, 0},
	} {
		got := Similarity(ParseName(c.a), ParseName(c.b))
		if got < c.low || got > c.high {
			t.Errorf("%q and %q: %.2f, want %.2f to %.2f", c.a, c.b, got, c.low, c.high)
		}
		if back := Similarity(ParseName(c.b), ParseName(c.a)); back != got {
			t.Errorf("%q and %q: %.2f one way, %.2f the other", c.a, c.b, got, back)
		}
	}
}

func TestMatcherFindsTheShopThatIsMeant(t *testing.T) {
	at := func(east, north float64) orb.Point { // metres
		return orb.Point{-75.5 + east/86_400, 39 + north/111_195}
	}
	m, err := NewMatcher([]Shop{
		0: {at(0, 0), []string{"Wawa"}},
		1: {at(300, 0), []string{"Wawa"}},
		2: {at(0, 50), []string{"Walmart", "沃尔玛"}},
		3: {at(40, 50), []string{"Walmart Supercenter"}}, // the same, as a building
		4: {at(2000, 0), []string{"Shell"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Twice(3) || m.Twice(1) || m.Twice(2) {
		t.Errorf("twice: %v", m.twice)
	}
	for _, c := range []struct {
		what string
		shop Shop
		want int
	}{
		{"the nearer of two of a chain", Shop{at(260, 10), []string{"WAWA #812"}}, 1},
		{"the other", Shop{at(20, 0), []string{"Wawa"}}, 0},
		{"the Chinese name", Shop{at(30, 60), []string{"沃尔玛（多佛店）"}}, 2},
		{"another shop next door", Shop{at(10, 0), []string{"Hair Palace"}}, -1},
		{"alike, but too far for that", Shop{at(2150, 0), []string{"Shelter"}}, -1},
		{"the same name, an address off", Shop{at(2350, 0), []string{"Shell"}}, 4},
		{"the same name, another place", Shop{at(2500, 0), []string{"Shell"}}, -1},
		{"nowhere", Shop{orb.Point{100, 30}, []string{"Wawa"}}, -1},
	} {
		if got := m.Find(c.shop); got != c.want {
			t.Errorf("%s: %d, want %d", c.what, got, c.want)
		}
	}
}
