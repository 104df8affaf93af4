package network

import "fmt"

// Put adds the network's arrays to a file.
func (n *Network) Put(s *Sections) {
	Put(s, "net.profile", []byte(n.Profile))
	Put(s, "net.country", []byte(n.Country))
	Put(s, "net.side", []byte(n.side()))
	Put(s, "net.lon", n.Lon)
	Put(s, "net.lat", n.Lat)
	Put(s, "net.node_low", n.Nodes.Low)
	Put(s, "net.node_high", n.Nodes.High)
	Put(s, "net.fwd", n.Fwd)
	Put(s, "net.back_segment", n.Backs.Segment)
	Put(s, "net.back_first", n.Backs.First)
	Put(s, "net.back_cost", n.Backs.Cost)
	Put(s, "net.run_first", n.Runs.First)
	Put(s, "net.run_road", n.Runs.Road)
	Put(s, "net.run_class", n.Runs.Class)
	Put(s, "net.first_point", n.FirstPoint)
	Put(s, "net.flags", n.Flags)
	Put(s, "net.component", n.Component)
	Put(s, "net.first_state", n.FirstState)
	Put(s, "net.state_arc", n.StateArc)
	Put(s, "net.first_turn", n.FirstTurn)
	Put(s, "net.turn_to", n.TurnTo)
	Put(s, "net.turn_kind", n.TurnKind)
	Put(s, "net.turn_times", n.TurnTimes)
	Put(s, "net.class_names", n.Classes)
	Put(s, "net.road_names", n.RoadNames)
	Put(s, "net.road_flags", n.RoadFlags)
	Put(s, "net.name_start", n.NameStart)
	Put(s, "net.text", n.Text)
	Put(s, "net.index_piece", n.Index.Pieces)
	Put(s, "net.index_box", n.Index.Box)
	Put(s, "net.index_level", n.Index.Level)
}

func (n *Network) side() string {
	if n.Left {
		return "left"
	}
	return "right"
}

// loader gets arrays and keeps the first error.
type loader struct {
	s   *Sections
	err error
}

func load[T item](l *loader, name string, into *[]T) {
	array, err := Get[T](l.s, name)
	if err != nil && l.err == nil {
		l.err = err
	}
	*into = array
}

// Load returns the network in an open file. Its arrays lie in the file's
// memory.
func Load(s *Sections) (*Network, error) {
	n := &Network{}
	l := &loader{s: s}
	var profile, country, side []byte
	load(l, "net.profile", &profile)
	load(l, "net.country", &country)
	load(l, "net.side", &side)
	load(l, "net.lon", &n.Lon)
	load(l, "net.lat", &n.Lat)
	load(l, "net.node_low", &n.Nodes.Low)
	load(l, "net.node_high", &n.Nodes.High)
	load(l, "net.fwd", &n.Fwd)
	load(l, "net.back_segment", &n.Backs.Segment)
	load(l, "net.back_first", &n.Backs.First)
	load(l, "net.back_cost", &n.Backs.Cost)
	load(l, "net.run_first", &n.Runs.First)
	load(l, "net.run_road", &n.Runs.Road)
	load(l, "net.run_class", &n.Runs.Class)
	load(l, "net.first_point", &n.FirstPoint)
	load(l, "net.flags", &n.Flags)
	load(l, "net.component", &n.Component)
	load(l, "net.first_state", &n.FirstState)
	load(l, "net.state_arc", &n.StateArc)
	load(l, "net.first_turn", &n.FirstTurn)
	load(l, "net.turn_to", &n.TurnTo)
	load(l, "net.turn_kind", &n.TurnKind)
	load(l, "net.turn_times", &n.TurnTimes)
	load(l, "net.class_names", &n.Classes)
	load(l, "net.road_names", &n.RoadNames)
	load(l, "net.road_flags", &n.RoadFlags)
	load(l, "net.name_start", &n.NameStart)
	load(l, "net.text", &n.Text)
	load(l, "net.index_piece", &n.Index.Pieces)
	load(l, "net.index_box", &n.Index.Box)
	load(l, "net.index_level", &n.Index.Level)
	if l.err != nil {
		return nil, l.err
	}
	n.Profile, n.Country, n.Left = string(profile), string(country), string(side) == "left"
	n.Box = pointsBox(n)
	points, segments := len(n.Lon), len(n.Flags)
	if len(n.Lat) != points || len(n.Fwd) != points ||
		len(n.Nodes.Low) != points || len(n.Nodes.High) != points ||
		len(n.Runs.Road) != len(n.Runs.First) || len(n.Runs.Class) != len(n.Runs.First) ||
		points > 0 && (len(n.Runs.First) == 0 || len(n.Backs.First) != len(n.Backs.Segment)+1) ||
		len(n.RoadNames) != roadNames*len(n.RoadFlags) ||
		len(n.FirstPoint) != segments+1 || len(n.FirstState) != 2*segments+1 ||
		len(n.FirstTurn) != len(n.StateArc)+1 ||
		len(n.TurnKind) != len(n.TurnTo) || len(n.Index.Level) < 2 {
		return nil, fmt.Errorf("its arrays do not fit together: %w", ErrFile)
	}
	return n, nil
}
