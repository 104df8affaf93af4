package network

import (
	"bytes"
	"strings"

	"beatplan/geo/osm"
)

// Roundabout is the bit of RoadFlags of a circular junction.
const Roundabout uint8 = 1

// RefSeparator stands between the numbers of a road that has several.
const RefSeparator = " / "

// roadNames is how many entries of RoadNames a road has.
const roadNames = 4

// Road is what is told about the road that a piece belongs to.
type Road struct {
	Names      osm.Names
	Ref        string // its number, as "A 1"; several with RefSeparator between them
	Class      string // of road, as OpenStreetMap calls it, or "ferry"
	Roundabout bool
	Left       bool // one drives on the left
}

// Ferry reports whether the road is a ferry or a car train.
func (r *Road) Ferry() bool { return r.Class == ferryClass }

// Road returns the road of a piece.
func (n *Network) Road(piece uint32) Road {
	run := n.run(piece)
	road := n.Runs.Road[run]
	at := n.RoadNames[roadNames*road : roadNames*(road+1)]
	return Road{
		Names: osm.Names{Local: n.text(at[0]), English: n.text(at[1]), Chinese: n.text(at[2])},
		Ref:   n.text(at[3]), Class: n.ClassName(n.Runs.Class[run]),
		Roundabout: n.RoadFlags[road]&Roundabout != 0, Left: n.Left,
	}
}

// Name is the street name of a piece as people there write it, else its number, ""
// when it has neither.
func (n *Network) Name(piece uint32) string {
	at := n.RoadNames[roadNames*n.RoadOf(piece):]
	if at[0] != 0 {
		return n.text(at[0])
	}
	return n.text(at[3])
}

func (n *Network) text(name uint32) string {
	return string(n.Text[n.NameStart[name]:n.NameStart[name+1]])
}

// ClassNames are the classes of road that runs count.
func (n *Network) ClassNames() []string { return strings.Split(string(n.Classes), "\n") }

// ClassName is one of ClassNames.
func (n *Network) ClassName(class uint8) string {
	rest := n.Classes
	for range class {
		_, rest, _ = bytes.Cut(rest, []byte{'\n'})
	}
	name, _, _ := bytes.Cut(rest, []byte{'\n'})
	return string(name)
}

// roadTable keeps every road of a network once.
type roadTable struct {
	names *names
	known map[roadKey]uint32
	list  []uint32
	flags []uint8
}

type roadKey struct {
	names [roadNames]uint32
	flags uint8
}

func newRoadTable() *roadTable {
	return &roadTable{names: newNames(), known: map[roadKey]uint32{}}
}

// add returns the number of the road of a way.
func (t *roadTable) add(tags osm.Tags, r *road) uint32 {
	called := osm.NamesOf(tags)
	ref := strings.ReplaceAll(strings.ReplaceAll(tags.Find("ref"), "; ", ";"), ";", RefSeparator)
	key := roadKey{names: [roadNames]uint32{t.names.add(called.Local),
		t.names.add(called.English), t.names.add(called.Chinese), t.names.add(ref)}}
	if r.roundabout {
		key.flags |= Roundabout
	}
	id, ok := t.known[key]
	if !ok {
		id = uint32(len(t.flags))
		t.known[key] = id
		t.list = append(t.list, key.names[:]...)
		t.flags = append(t.flags, key.flags)
	}
	return id
}
