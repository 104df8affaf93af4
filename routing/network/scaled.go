package network

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

//go:embed speeds/hours.yaml
var hoursFile []byte

// Speeds is the share of the free speed on each class of road; "other" stands for
// the classes that are not named.
type Speeds map[string]float64

// Hours returns the speeds of every hour class that comes with the program: night,
// midday, morning, evening and weekend.
func Hours() (map[string]Speeds, error) {
	var file struct {
		Hours map[string]Speeds `yaml:"hours"`
	}
	if err := yaml.Unmarshal(hoursFile, &file); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	for name, speeds := range file.Hours {
		for class, share := range speeds {
			if !(share >= 0.05 && share <= 2) {
				return nil, fmt.Errorf("hours: %s: share %v for %s", name, share, class)
			}
		}
	}
	return file.Hours, nil
}

// of is the share on a class; a link counts as the road that it leads to.
func (s Speeds) of(class string) float64 {
	class = strings.TrimSuffix(class, "_link")
	if share, ok := s[class]; ok {
		return share
	}
	if share, ok := s["other"]; ok && class != ferryClass {
		return share
	}
	return 1
}

// ferryClass is the class of ferries and car trains.
const ferryClass = "ferry"

// Scaled returns the network at other speeds and without some classes of road. It
// shares all arrays with n but those of costs. Lengths and turns stay as they are; a
// segment is closed when any of its pieces is of an excluded class. O(points).
func (n *Network) Scaled(speeds Speeds, exclude []string) *Network {
	c := *n
	c.Fwd, c.Backs.Cost = make([]Cost, len(n.Fwd)), make([]Cost, len(n.Backs.Cost))
	names := n.ClassNames()
	share := make([]float64, len(names))
	shut := make([]bool, len(names))
	for i, class := range names {
		share[i] = speeds.of(class)
		shut[i] = slices.Contains(exclude, strings.TrimSuffix(class, "_link"))
	}
	run, uneven := 0, 0
	for s := range n.Segments() {
		first, last := n.FirstPoint[s], n.FirstPoint[s+1]-1
		var was, back []Cost // of the way back, where it is another
		if k := uneven; k < len(n.Backs.Segment) && n.Backs.Segment[k] == uint32(s) {
			was = n.Backs.Cost[n.Backs.First[k]:n.Backs.First[k+1]]
			back = c.Backs.Cost[n.Backs.First[k]:n.Backs.First[k+1]]
			uneven++
		}
		closed := false
		for p := first; p < last; p++ {
			for run+1 < len(n.Runs.First) && n.Runs.First[run+1] <= p {
				run++
			}
			k := n.Runs.Class[run]
			closed = closed || shut[k]
			c.Fwd[p+1] = c.Fwd[p] + (n.Fwd[p+1] - n.Fwd[p]).slower(share[k])
			if i := p - first; back != nil {
				back[i+1] = back[i] + (was[i+1] - was[i]).slower(share[k])
			}
		}
		if closed {
			c.close(last, back)
		}
	}
	return &c
}

// close makes a segment that ends at a point impassable.
func (n *Network) close(last uint32, back []Cost) {
	n.Fwd[last] = Infinite
	if back != nil {
		back[len(back)-1] = Infinite
	}
}

// slower is the cost at a share of the speed, the time rounded to the nearest.
func (c Cost) slower(share float64) Cost {
	if share == 1 {
		return c
	}
	return Cost(uint64(float64(c>>32)/share+0.5))<<32 | c&(1<<32-1)
}
