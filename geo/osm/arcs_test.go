package osm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// writeBare writes a bare graph and returns the name of its arcs.
func writeBare(t testing.TB, nodes, arcs string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "town")
	for end, text := range map[string]string{".nodes": nodes, ".arcs": arcs} {
		if err := os.WriteFile(name+end, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return name + ".arcs"
}

func TestBareGraphIsRead(t *testing.T) {
	name := writeBare(t, "7.5 43.25\n7.6\t43.3\n\n-7.1234567 -0.5\n", "0 1\n1 2\n1 0\n1 2\n")
	roads, err := ReadRoads(t.Context(), name, Options{}, func(*Way) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range roads.Ways {
		got = append(got, fmt.Sprint(w.ID, w.Nodes, w.Tags.Find("oneway")))
	}
	// Arc 3 is the other side of the first; the parallel ones both stay.
	if fmt.Sprint(got) != "[1 [1 2] 2 [2 3]yes 4 [2 3]yes]" {
		t.Errorf("ways %v", got)
	}
	if _, lon, lat, ok := roads.Nodes.At(2); !ok || lon != -71234567 || lat != -5000000 {
		t.Errorf("node 3 lies at %d, %d", lon, lat)
	}
}

func TestBrokenBareGraphIsRefused(t *testing.T) {
	for _, c := range [][2]string{
		{"7.5 43\n", "0 1\n"}, {"7.5 43\n", "0 -1\n"}, {"7.5 43\n", "0 x\n"},
		{"7.5 91\n", ""}, {"7.5\n", ""}, {"NaN 4\n", ""}, {"7 4\n", "0\n"},
	} {
		_, err := countAll(t.Context(), writeBare(t, c[0], c[1]), Options{})
		var format *FormatError
		if !errors.As(err, &format) {
			t.Errorf("%q: %v", c, err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := countAll(stopped, writeBare(t, "7 4\n", ""), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	own := errors.New("enough")
	err := Scan(t.Context(), writeBare(t, "7 4\n", ""), Options{}, Handler{
		Node: func(*Node) error { return own },
	})
	if !errors.Is(err, own) || err.Error() != "enough" {
		t.Errorf("the handler's error came back as %v", err)
	}
}

func FuzzBareGraph(f *testing.F) {
	f.Add("7.5 43.25\n7.6 43.3\n", "0 1\n1 0\n")
	f.Add("1e9 0\n", "4 4\n")
	f.Fuzz(func(t *testing.T, nodes, arcs string) {
		_, err := ReadRoads(t.Context(), writeBare(t, nodes, arcs), Options{},
			func(*Way) bool { return true })
		var format *FormatError
		if err != nil && !errors.As(err, &format) {
			t.Error(err)
		}
	})
}
