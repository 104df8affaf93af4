package match

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// grid writes a bare graph of side × side nodes about 110 m apart, without some of
// its streets and with some of them one-way, and returns its network.
func grid(t testing.TB, rng *rand.Rand, side int) *network.Network {
	t.Helper()
	var nodes, arcs strings.Builder
	for i := range side * side {
		fmt.Fprintf(&nodes, "%.7f %.7f\n", 0.001*float64(i%side)+2e-4*rng.Float64(),
			0.001*float64(i/side)+2e-4*rng.Float64())
	}
	join := func(a, b int) {
		switch rng.IntN(6) {
		case 0:
		case 1:
			fmt.Fprintf(&arcs, "%d %d\n", a, b)
		default:
			fmt.Fprintf(&arcs, "%d %d\n%d %d\n", a, b, b, a)
		}
	}
	for i := range side * side {
		if i%side > 0 {
			join(i-1, i)
		}
		if i >= side {
			join(i, i-side)
		}
	}
	return bare(t, nodes.String(), arcs.String())
}

func bare(t testing.TB, nodes, arcs string) *network.Network {
	t.Helper()
	name := filepath.Join(t.TempDir(), "town")
	for end, text := range map[string]string{".nodes": nodes, ".arcs": arcs} {
		if err := os.WriteFile(name+end, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := network.Car()
	if err != nil {
		t.Fatal(err)
	}
	d, err := network.Read(t.Context(), name+".arcs", p, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Finish(path.Dissect(d.Outline()))
}

// walk is a random series of fixes, a few seconds and some tens of metres apart.
func walk(rng *rand.Rand, side, n int) []Fix {
	at := orb.Point{0.001 * float64(side) * rng.Float64(), 0.001 * float64(side) * rng.Float64()}
	course := rng.IntN(4)
	out := make([]Fix, n)
	for i := range out {
		noise := orb.Point{1e-4 * (rng.Float64() - 0.5), 1e-4 * (rng.Float64() - 0.5)}
		out[i] = Fix{
			Point: orb.Point{at[0] + noise[0], at[1] + noise[1]},
			At:    time.Unix(int64(5*i), 0),
		}
		if rng.IntN(3) == 0 {
			course = rng.IntN(4)
		}
		at[course&1] += 4e-4 * float64(1-course&2)
	}
	return out
}

// lengths is the plainest search: centimetres from the end of a state's arc to the
// end of every other, by relaxing all turns until nothing changes.
func lengthsFrom(n *network.Network, seed uint32, begin int64) []int64 {
	dist := make([]int64, n.States())
	for i := range dist {
		dist[i] = math.MaxInt64
	}
	dist[seed] = begin
	for changed := true; changed; {
		changed = false
		for s := range uint32(n.States()) {
			if dist[s] == math.MaxInt64 {
				continue
			}
			for k := n.FirstTurn[s]; k < n.FirstTurn[s+1]; k++ {
				to := n.TurnTo[k]
				if d := dist[s] + n.ArcCost(n.StateArc[to]).Centimetres(); d < dist[to] {
					dist[to], changed = d, true
				}
			}
		}
	}
	return dist
}

// price is the log probability of going from one candidate to another, straight
// from the package's description.
func price(s *Stream, a, b *candidate, from, to Fix) float64 {
	n := s.m.net
	air := float64(geodesic.Distance(from.Point, to.Point))
	scale, best := s.scale(from, to, air), math.Inf(-1)
	whole := n.ArcCost(a.arc).Centimetres()
	offer := func(cm int64, fee float64) {
		if meters := float64(cm) / 100; cm <= int64(100*bound(air, scale)) {
			best = max(best, -math.Abs(meters-air)/scale-fee)
		}
	}
	shortest := int64(math.MaxInt64)
	if a.arc == b.arc && b.before >= a.before {
		shortest = int64(b.before - a.before)
	}
	dist := lengthsFrom(n, n.FirstState[a.arc], whole-int64(a.before))
	for state, d := range dist {
		if d == math.MaxInt64 {
			continue
		}
		for k := n.FirstTurn[state]; k < n.FirstTurn[state+1]; k++ {
			if n.StateArc[n.TurnTo[k]] == b.arc {
				shortest = min(shortest, d+int64(b.before))
			}
		}
	}
	if shortest < math.MaxInt64 {
		offer(shortest, 0)
	}
	if a.arc^1 == b.arc {
		best = max(best, -math.Abs(math.Abs(float64(whole)-float64(a.before)-float64(b.before))/100-air)/
			scale-s.o.UTurn)
	}
	if a.arc == b.arc && b.before < a.before && float64(a.before-b.before) <= 300*float64(s.o.Sigma) {
		best = max(best, -air/scale)
	}
	return best
}

// The likeliest chain and the probabilities equal those of trying every chain.
func TestMatchEqualsEveryChainTried(t *testing.T) {
	tried := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 4))
		net := grid(t, rng, 4)
		s := NewMatcher(net).Stream(Options{Candidates: 3, Lag: math.MaxInt})
		for _, f := range walk(rng, 4, 4) {
			s.Add(f)
		}
		if len(s.window) < 2 {
			continue
		}
		tried++
		best, all := math.Inf(-1), 0.0
		on := make([]map[uint32]float64, len(s.window)) // probability of each candidate
		var try func(t int, prev uint32, score float64, chain []uint32)
		try = func(t int, prev uint32, score float64, chain []uint32) {
			if t == len(s.window) {
				best = max(best, score)
				all += math.Exp(score)
				for k, j := range chain {
					if on[k] == nil {
						on[k] = map[uint32]float64{}
					}
					on[k][j] += math.Exp(score)
				}
				return
			}
			for j := range s.window[t].cands {
				c, hop := &s.window[t].cands[j], 0.0
				if t > 0 {
					from := &s.window[t-1]
					hop = price(s, &from.cands[prev], c, from.fix, s.window[t].fix)
				}
				if !math.IsInf(hop, -1) {
					try(t+1, uint32(j), score+hop+c.emission, append(slices.Clone(chain), uint32(j)))
				}
			}
		}
		try(0, 0, 0, nil)
		last := s.window[len(s.window)-1]
		got := slices.MaxFunc(last.cands, func(a, b candidate) int {
			return int(math.Copysign(1, a.score-b.score))
		})
		if math.Abs(got.score-best) > 1e-9 {
			t.Errorf("seed %d: the best chain has %v, trying all finds %v", seed, got.score, best)
		}
		compareConfidence(t, s, on, all)
	}
	if tried < 40 {
		t.Errorf("only %d series were compared", tried)
	}
}

// compareConfidence compares the confidences of the answer with the sums over all
// chains.
func compareConfidence(t *testing.T, s *Stream, on []map[uint32]float64, all float64) {
	t.Helper()
	roads := map[uint32]bool{}
	window := slices.Clone(s.window)
	points := s.Flush()
	for _, p := range points {
		roads[p.Arc>>1] = true
	}
	for k, p := range points {
		want := 0.0
		for j, probability := range on[k] {
			if roads[window[k].cands[j].arc>>1] {
				want += probability / all
			}
		}
		if math.Abs(p.Confidence-want) > 1e-6 {
			t.Errorf("fix %d: confidence %v, all chains give %v", p.Fix, p.Confidence, want)
		}
	}
}

// A stream tells what the whole series tells, fix by fix, and early.
func TestStreamEqualsWholeSeries(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 5))
		net := grid(t, rng, 8)
		fixes := walk(rng, 8, 60)
		m := NewMatcher(net)
		whole, err := m.Match(t.Context(), fixes, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, s := range whole {
			for _, p := range s.Points {
				want = append(want, fmt.Sprint(p.Fix, p.Arc, p.First, p.Place, p.Way))
			}
		}
		s := m.Stream(Options{Lag: 1000})
		early := 0
		for _, f := range fixes {
			for _, p := range s.Add(f) {
				got = append(got, fmt.Sprint(p.Fix, p.Arc, p.First, p.Place, p.Way))
				early++
			}
		}
		for _, p := range s.Flush() {
			got = append(got, fmt.Sprint(p.Fix, p.Arc, p.First, p.Place, p.Way))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\n%v\n%v", seed, got, want)
		}
		if len(want) > 20 && early < len(want)/2 {
			t.Errorf("seed %d: only %d of %d were told before the end", seed, early, len(want))
		}
		bounded := m.Stream(Options{Lag: 3})
		for _, f := range fixes {
			bounded.Add(f)
			if len(bounded.window) > 4 {
				t.Fatalf("seed %d: %d fixes wait", seed, len(bounded.window))
			}
		}
		bounded.Flush()
	}
}

// town reads a drawing: letters are nodes, 100 m a character; streets are pairs of
// letters, ">" makes them one-way.
func town(t *testing.T, drawn string, streets ...string) (*network.Network, map[byte]orb.Point) {
	t.Helper()
	at := map[byte]orb.Point{}
	number := map[byte]int{}
	var nodes, arcs strings.Builder
	for row, line := range strings.Split(strings.Trim(drawn, "\n"), "\n") {
		for col := range len(line) {
			c := line[col]
			if c == ' ' || c == '-' || c == '|' {
				continue
			}
			p := orb.Point{0.0009 * float64(col), -0.0009 * float64(row)}
			at[c] = p
			if c >= 'a' && c <= 'z' {
				number[c] = len(number)
				fmt.Fprintf(&nodes, "%.7f %.7f\n", p[0], p[1])
			}
		}
	}
	for _, s := range streets {
		a, b := number[s[0]], number[s[len(s)-1]]
		fmt.Fprintf(&arcs, "%d %d\n", a, b)
		if !strings.Contains(s, ">") {
			fmt.Fprintf(&arcs, "%d %d\n", b, a)
		}
	}
	return bare(t, nodes.String(), arcs.String()), at
}

// nodes are the letters that an answer passes, "/" between stretches.
func nodes(net *network.Network, letters string, stretches []Stretch) string {
	var out strings.Builder
	for i, s := range stretches {
		if i > 0 {
			out.WriteByte('/')
		}
		for _, p := range s.Points {
			for k, state := range p.Way {
				if k == 0 {
					continue
				}
				arc := net.StateArc[state]
				point, _ := net.OnArc(arc, 0)
				out.WriteByte(letters[net.NodeID(point)-1])
			}
		}
	}
	return out.String()
}

// Roads drawn in text: where the fixes 1 to 9 were driven.
func TestRules(t *testing.T) {
	all := []string{"ab", "bc", "ad", "be", "cf", "de", "ef"}
	for _, c := range []struct {
		name    string
		drawn   string
		streets []string
		gap     map[byte]int // seconds more before a fix
		want    string       // junctions passed
		matched int
	}{
		{"straight on", "a1-2b3-c\n|   |   |\nd---e---f", all, nil, "b", 3},
		{"round the block", "a1-2b---c\n|   3   |\n|   4   |\nd---e5--f", all, nil, "be", 5},
		{"against a one-way street is no way", // the parallel street it must have been
			"a-1-b-2-c\n|       |\nd-------f", []string{"c>b", "b>a", "ad", "d>f", "cf"}, nil, "", 1},
		{"turning round in the street", "a-1-2-3-4-b\n", []string{"ab"}, nil, "", 4},
		{"a fix far from any road is left out", "a-1-2-b-3-c\n\n\n\n      4\n", []string{"ab", "bc", "bc"}, nil, "b", 3},
		{"a long pause begins a new stretch", "a-1-2-b-3-4-c\n    |\n    d", []string{"ab", "bc", "bd"},
			map[byte]int{'3': 1000}, "/", 4},
		{"a short pause does not", "a-1-2-b-3-4-c\n    |\n    d", []string{"ab", "bc", "bd"}, map[byte]int{'3': 20}, "b", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			net, at := town(t, c.drawn, c.streets...)
			letters := letters(c.drawn)
			var fixes []Fix
			clock := 0
			for d := byte('1'); d <= '9'; d++ {
				if p, ok := at[d]; ok {
					clock += 15 + c.gap[d]
					fixes = append(fixes, Fix{Point: p, At: time.Unix(int64(clock), 0)})
				}
			}
			got, err := NewMatcher(net).Match(t.Context(), fixes, Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, s := range got {
				n += len(s.Points)
				if !(s.Confidence > 0.3 && s.Confidence <= 1) {
					t.Errorf("confidence %v", s.Confidence)
				}
			}
			if passed := nodes(net, letters, got); passed != c.want || n < c.matched {
				t.Errorf("passed %q with %d fixes, want %q with %d", passed, n, c.want, c.matched)
			}
		})
	}
}

// letters are the nodes of a drawing in their order.
func letters(drawn string) string {
	var out strings.Builder
	for _, c := range drawn {
		if c >= 'a' && c <= 'z' {
			out.WriteRune(c)
		}
	}
	return out.String()
}

// A car that stands under noise does not drive to and fro.
func TestStandingCarStands(t *testing.T) {
	net, at := town(t, "a-1-----b", "ab")
	rng := rand.New(rand.NewPCG(1, 1))
	var fixes []Fix
	for i := range 60 {
		p := at['1']
		p[0] += 3e-5 * rng.NormFloat64()
		p[1] += 3e-5 * rng.NormFloat64()
		fixes = append(fixes, Fix{Point: p, At: time.Unix(int64(i), 0)})
	}
	got, err := NewMatcher(net).Match(t.Context(), fixes, Options{})
	if err != nil || len(got) != 1 || len(got[0].Points) != 60 {
		t.Fatalf("%v %v", got, err)
	}
	driven := geo.Meters(0)
	for i, p := range got[0].Points[1:] {
		before := got[0].Points[i]
		if p.Arc != before.Arc {
			t.Errorf("fix %d turns round", p.Fix)
		}
		driven += geodesic.Distance(net.At(before.Place), net.At(p.Place))
	}
	if driven > 25 {
		t.Errorf("it drove %v", driven)
	}
}

func TestNothingToMatch(t *testing.T) {
	net, _ := town(t, "a-1-----b", "ab")
	m := NewMatcher(net)
	for _, fixes := range [][]Fix{nil, {{Point: orb.Point{50, 50}}}} {
		if got, err := m.Match(t.Context(), fixes, Options{}); err != nil || len(got) != 0 {
			t.Errorf("%v %v", got, err)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 7))
	net := grid(b, rng, 40)
	fixes := walk(rng, 40, 1000)
	m := NewMatcher(net)
	for b.Loop() {
		if _, err := m.Match(b.Context(), fixes, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(fixes))/b.Elapsed().Seconds(), "fixes/s")
}
