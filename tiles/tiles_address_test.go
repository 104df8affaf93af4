package tiles

import (
	"errors"
	"testing"

	"github.com/paulmach/orb/maptile"
)

func TestAddress(t *testing.T) {
	if at, err := Address("14", "4764", "6206"); err != nil || at != maptile.New(4764, 6206, 14) {
		t.Errorf("%v, %v", at, err)
	}
	for _, bad := range [][3]string{
		{"23", "0", "0"}, {"30", "1", "1"}, {"2", "4", "0"}, {"2", "0", "4"}, {"-1", "0", "0"},
		{"1.5", "0", "0"}, {"", "0", "0"}, {"0", "", "0"}, {"0", "0", "1e3"}, {"300", "0", "0"},
		{"4", "4294967296", "0"},
	} {
		if _, err := Address(bad[0], bad[1], bad[2]); !errors.Is(err, ErrBadTile) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestMatches(t *testing.T) {
	tag := ETag([]byte("tile"))
	if len(tag) != 22 || tag[0] != '"' || ETag([]byte("tile")) != tag || ETag([]byte("tilf")) == tag {
		t.Errorf("tag %s", tag)
	}
	for header, want := range map[string]bool{
		tag: true, `W/` + tag: true, `"a", ` + tag: true, "*": true, "": false, `"a"`: false,
	} {
		if Matches(header, tag) != want {
			t.Errorf("If-None-Match %s: want %v", header, want)
		}
	}
	if Matches("*", "") {
		t.Error("no tag matches nothing")
	}
}
