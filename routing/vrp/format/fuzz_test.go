package format_test

import (
	"slices"
	"strings"
	"testing"

	"beatplan/routing/vrp/format"
)

// tiny instances in every format.
func tiny() map[string]string {
	return map[string]string{
		"VRPTW": "T1\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND" +
			" READY TIME DUE DATE SERVICE TIME\n\n0 0 0 0 0 100 0\n1 3 4 5 0 50 10\n2 6 8 5 0 60 10\n",
		"CVRP": "NAME : t\nTYPE : CVRP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 10\n" +
			"NODE_COORD_SECTION\n1 0 0\n2 3 4\n3 6 8\nDEMAND_SECTION\n1 0\n2 5\n3 6\nDEPOT_SECTION\n1\n-1\nEOF\n",
		"ATSP": "NAME: m\nTYPE: ATSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: " +
			"FULL_MATRIX\nEDGE_WEIGHT_SECTION\n0 7\n9 0\nEOF\n",
		"PVRP": "1 2 2 4\n0 20\n0 20\n0 20\n0 20\n0 0.5 0 0 0 0 0\n1 10 0 2 5 2 2 10 5\n2 0 10 0 5 1 4 1 2 4 8\n",
		"MDVRPTW": "6 1 2 2\n500 200\n500 200\n1 3 4 1 5 1 2 1 2 0 50\n2 6 8 1 5 1 1 2 10 60\n" +
			"3 0 0 0 0 0 0 0 100\n4 9 9 0 0 0 0 0 100\n",
		"SDVRP": "3 1 2 2\n0 20\n100 30\n0 0 0 0 0 0 0\n1 3 4 1 5 1 1 2\n2 6 8 1 5 1 2 1 2\n",
		"TSPTW": "3\n0 10 20\n10 0 15\n20 15 0\n0 100\n5 50\n10 60\n",
	}
}

func TestReadTinyInstances(t *testing.T) {
	for kind, text := range tiny() {
		x, err := format.Read(strings.NewReader(text))
		if err != nil || x.Kind != kind {
			t.Errorf("%s: %+v, %v", kind, x, err)
		}
	}
	x, _ := format.Read(strings.NewReader(tiny()["VRPTW"]))
	p := x.Problem
	if s, _, _ := p.Travel(0, 0, 1); s != 50 || p.Visits[0].Service != 100 ||
		p.Visits[0].Windows[0].Close != 600 || len(p.Vehicles) != 2 {
		t.Fatalf("%+v", p)
	}
	x, _ = format.Read(strings.NewReader(tiny()["ATSP"]))
	if s, _, _ := x.Problem.Travel(0, 1, 0); s != 9 {
		t.Fatalf("%+v", x.Problem.Profiles)
	}
}

// TestReadCordeau: days, depots and types become vehicles that visits allow, a choice
// of days a pattern.
func TestReadCordeau(t *testing.T) {
	read := func(kind string) *format.Instance {
		x, err := format.Read(strings.NewReader(tiny()[kind]))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	p := read("PVRP").Problem // a customer on two of four days, one on any
	if len(p.Vehicles) != 8 || len(p.Visits) != 5 || len(p.Patterns) != 1 || p.Visits[4].Allowed != nil {
		t.Fatalf("%+v", p)
	}
	first := p.Patterns[0].Options[0] // code 10 is 1010: days 1 and 3
	if len(first) != 2 || p.Visits[first[0]].Allowed[0] != 0 || p.Visits[first[1]].Allowed[1] != 5 {
		t.Fatalf("%+v %+v", p.Patterns, p.Visits)
	}
	x := read("MDVRPTW")
	p = x.Problem // code 2 is 10: the first depot
	if p.Vehicles[0].Start != 0 || p.Vehicles[1].Start != 1 || p.Visits[1].Allowed[0] != 0 ||
		p.Visits[0].Windows[0].Close != 51_000 || p.Vehicles[1].MaxDuty != 500_000 || x.Parts[1] != 2 {
		t.Fatalf("%+v", p)
	}
	if s, _, _ := p.Travel(0, 0, p.Visits[0].Location); s != 5000 {
		t.Fatalf("%d", s)
	}
	p = read("SDVRP").Problem // code 2 is 10: the first type
	if p.Visits[0].Allowed[0] != 0 || p.Vehicles[1].Capacity[0] != 30 || p.Vehicles[0].MaxDuty != 0 {
		t.Fatalf("%+v", p)
	}
}

func TestReadRefusesNonsense(t *testing.T) {
	for _, text := range []string{"", "hello", "NaN NaN", "9999999 1 2",
		"NAME : t\nDIMENSION : -4\n", "DIMENSION: 6000\nEDGE_WEIGHT_TYPE: EXPLICIT\n" +
			"EDGE_WEIGHT_FORMAT: UPPER_ROW\nEDGE_WEIGHT_SECTION\n1 2 3\n", "1 1 1 99\n", "1 0 1 1\n0 0\n0 0 0 0 0\n1 1 1 1 1 1 1 1\n",
		"1 1 1 1\n0 0\n0 0 0 0 0\n1 1 1 1 1 1 5 1\n", "1 1 1 1\n0 0\n0 0 0 0 0\n1 1 1 1 1 1 1 2\n",
		"5 1 1 1\n0 0\n0 0 0 0 0 0 0 0 9\n1 1 1 1 1 1 1 1 9 3 7\n", "2 1 1 1\n0 0\n1 1 1 1 1 1 1 1\n", "DIMENSION : 3\nEDGE_WEIGHT_TYPE : GEO\n",
		"DIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0\n"} {
		if _, err := format.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// FuzzParse: whatever a file holds, a valid problem or an error comes back.
func FuzzParse(f *testing.F) {
	fuzz(f, "")
}

// The readers one by one: what the fuzzer changes stays behind a beginning by which
// the file is taken for theirs.
func FuzzSolomon(f *testing.F) { fuzz(f, "T\n\nVEHICLE\nNUMBER CAPACITY\n", "VRPTW") }

func FuzzLib(f *testing.F) { fuzz(f, "NAME : t\nDIMENSION : 3\n", "CVRP", "ATSP") }

func FuzzCordeau(f *testing.F) { fuzz(f, "", "PVRP", "MDVRPTW", "SDVRP") }

func FuzzMatrix(f *testing.F) { fuzz(f, "3\n0 10 20\n", "TSPTW") }

// fuzz starts from the tiny instances of those kinds, of all when none is named.
func fuzz(f *testing.F, begins string, kinds ...string) {
	for kind, text := range tiny() {
		if len(kinds) == 0 || slices.Contains(kinds, kind) {
			f.Add([]byte(text))
			f.Add([]byte(strings.TrimPrefix(text, begins)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, file := range [][]byte{data, append([]byte(begins), data...)} {
			x, err := format.Parse(file)
			if err == nil && x.Problem.Validate() != nil {
				t.Fatal("an invalid problem was accepted")
			}
		}
	})
}
