package routing

import (
	"context"
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/routing/guide"
	"beatplan/routing/network"
)

// Step is a stretch of a leg on which nothing need be said, and the manoeuvre at its
// beginning.
type Step struct {
	Street    string         // as people there write it, else the number of the road
	Road      network.Road   // that it leads onto; of a roundabout the road after it
	Maneuver  guide.Maneuver // at its beginning
	Duration  time.Duration  // the turn at its beginning included
	Distance  geo.Meters
	Line      orb.LineString
	Turn      int     // degrees at its beginning, right positive; 0 at the departure
	Before    float64 // course on arriving at its beginning
	After     float64 // course on leaving it
	Crossings []Crossing
}

// Crossing is a junction that is passed: the first of a step is where it begins.
type Crossing struct {
	At     orb.Point
	Course float64   // of arriving, NaN at the departure
	Out    float64   // of leaving
	Others []float64 // of the other ways on
}

// Text is the sentence for the manoeuvre at the beginning of the step.
func (s *Step) Text(l guide.Language) string { return l.Text(s.Maneuver, s.Road, s.After) }

// Steps divides every leg between snaps into steps. It fails as Through does.
func (e *Engine) Steps(ctx context.Context, snaps []Snap) ([][]Step, error) {
	route, err := e.Through(ctx, snaps)
	if err != nil {
		return nil, err
	}
	return e.StepsOf(route)
}

// StepsOf divides the legs of a route that this engine found.
func (e *Engine) StepsOf(r Route) ([][]Step, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	out := make([][]Step, len(r.ways))
	for i, w := range r.ways {
		from, to := r.Snaps[i], r.Snaps[i+1]
		if _, err := e.place(from, i); err != nil {
			return nil, err
		}
		out[i] = e.steps(from.place, to.place, w)
	}
	return out, nil
}

// steps divides a way.
func (e *Engine) steps(from, to network.Place, w way) []Step {
	t := teller{e: e, w: w, at: e.net.At(from), entry: -1}
	for _, m := range e.moves(from, to, w) {
		t.move(m)
	}
	return t.out
}

// teller divides a way into steps while it drives along.
type teller struct {
	e      *Engine
	w      way
	out    []Step
	sum    network.Cost // of the step in hand
	at     orb.Point
	course float64
	road   network.Road // that is driven on
	piece  uint32
	exits  int // of the roundabout being driven, passed so far
	entry  int // the step that entered it, -1 when the way began in it
}

// move drives one straight stretch.
func (t *teller) move(m move) {
	next := t.course
	if m.to != t.at {
		next = geodesic.Bearing(t.at, m.to)
	}
	switch {
	case len(t.out) == 0, t.still() && m.to != t.at:
		t.depart(m, next)
	case t.still(): // on a node: where to is known at the first stretch that has a length
	case m.bend:
		t.junction(m, next)
	case m.piece != t.piece:
		t.rename(m, next)
	}
	t.piece = m.piece
	t.sum += m.cost + network.NewCost(m.turn, 0)
	s := &t.out[len(t.out)-1]
	s.Duration, s.Distance = t.sum.Duration(), t.sum.Meters()
	if m.to != t.at {
		s.Line = append(s.Line, m.to)
	}
	t.at, t.course = m.to, next
}

// still reports that the departure is told and nothing driven yet.
func (t *teller) still() bool { return len(t.out) == 1 && len(t.out[0].Line) == 1 }

// depart begins the leg, anew where its first stretches have no length. What these
// cost stays in the sum.
func (t *teller) depart(m move, next float64) {
	sum := t.sum
	t.out, t.road, t.piece = t.out[:0], t.e.net.Road(m.piece), m.piece
	t.open(guide.Maneuver{Type: guide.Depart}, next, 0)
	t.cross(Crossing{At: t.at, Course: math.NaN(), Out: next})
	t.sum = sum
}

// open begins a step on the road being driven.
func (t *teller) open(m guide.Maneuver, after float64, turn float64) {
	t.out = append(t.out, Step{
		Street: t.e.net.Name(t.piece), Road: t.road, Maneuver: m,
		Turn: int(math.Round(turn)), Before: t.course, After: after,
		Line: orb.LineString{t.at},
	})
	if m.Type == guide.Depart {
		t.out[0].Before = 0
	}
	t.sum = 0
}

func (t *teller) cross(c Crossing) {
	s := &t.out[len(t.out)-1]
	s.Crossings = append(s.Crossings, c)
}

// rename passes a point where a street takes another name without a junction.
func (t *teller) rename(m move, next float64) {
	if t.e.net.RoadOf(m.piece) == t.e.net.RoadOf(t.piece) {
		return
	}
	in, out := t.road, t.e.net.Road(m.piece)
	t.road, t.piece = out, m.piece
	if m.to == t.at {
		return
	}
	turn := math.Remainder(next-t.course, 360)
	told := guide.At(guide.Junction{In: in, Out: guide.Exit{Road: out, Turn: turn}})
	if told.Type != guide.None && !guide.Same(t.last(), out) {
		t.open(told, next, turn)
		t.cross(Crossing{At: t.at, Course: t.course, Out: next})
	}
}

// last is the road of the step in hand.
func (t *teller) last() network.Road { return t.out[len(t.out)-1].Road }

// junction passes from one segment to the next.
func (t *teller) junction(m move, next float64) {
	j := t.look(t.w.states[m.at-1], t.w.states[m.at])
	t.road, t.piece = j.Out.Road, m.piece
	c := Crossing{At: t.at, Course: t.course, Out: next}
	for _, x := range j.Others {
		c.Others = append(c.Others, math.Mod(t.course+x.Turn+720, 360))
	}
	told := t.tell(j)
	ends := m.node == 0 && m.to == t.at // at the junction itself
	if told.Type != guide.None && !ends {
		t.open(told, next, j.Out.Turn)
		switch told.Type {
		case guide.Roundabout, guide.Rotary:
			t.entry = len(t.out) - 1
		case guide.ExitRoundabout, guide.ExitRotary:
			if t.entry >= 0 {
				ring := &t.out[t.entry]
				ring.Maneuver.Exit, ring.Road, ring.Street = t.exits, j.Out.Road,
					t.e.net.Name(m.piece)
			}
			t.exits, t.entry = 0, -1
		}
	}
	t.cross(c)
}

// tell judges a junction and counts the exits of a roundabout.
func (t *teller) tell(j guide.Junction) guide.Maneuver {
	in, out := j.In.Roundabout, j.Out.Road.Roundabout
	if in {
		leads := !out
		for _, x := range j.Others {
			leads = leads || !x.Road.Roundabout
		}
		if leads {
			t.exits++
		}
	}
	m := guide.Maneuver{Modifier: guide.Direction(j.Out.Turn)}
	switch {
	case in && out:
		return guide.Maneuver{}
	case out:
		t.exits = 0
		m.Type = guide.Roundabout
		if name := j.Out.Road.Names.Local; name != "" && name != j.In.Names.Local {
			m.Type, m.Ring = guide.Rotary, name
		}
	case in:
		m.Type, m.Exit = guide.ExitRoundabout, t.exits
		if t.entry >= 0 && t.out[t.entry].Maneuver.Type == guide.Rotary {
			m.Type, m.Ring = guide.ExitRotary, t.out[t.entry].Maneuver.Ring
		}
	default:
		if m = guide.At(j); m.Type == guide.NewName && guide.Same(t.last(), j.Out.Road) {
			return guide.Maneuver{} // the street that had lost its name for a while
		}
	}
	return m
}

// look is what a driver sees at the end of one state who goes on to the next.
func (t *teller) look(from, to uint32) guide.Junction {
	net := t.e.net
	in, out := net.StateArc[from], net.StateArc[to]
	j := guide.Junction{In: net.Road(t.e.lastPiece(in)), Back: in^1 == out}
	course := t.e.courseOut(in^1) + 180
	exit := func(arc uint32) guide.Exit {
		return guide.Exit{
			Road: net.Road(t.e.firstPiece(arc)),
			Turn: math.Remainder(t.e.courseOut(arc)-course, 360),
		}
	}
	for k := net.FirstTurn[from]; k < net.FirstTurn[from+1]; k++ {
		arc := net.StateArc[net.TurnTo[k]]
		if arc != in^1 && arc != out && net.ArcCost(arc) < network.Infinite {
			j.Others = append(j.Others, exit(arc))
		}
	}
	j.Out = exit(out)
	return j
}

func (e *Engine) firstPiece(arc uint32) uint32 {
	p, _ := e.net.OnArc(arc, 1)
	return e.pieceBefore(arc, p)
}

func (e *Engine) lastPiece(arc uint32) uint32 { return e.firstPiece(arc ^ 1) }

// glance is how far along a road a driver looks to tell where it leads: the first
// metres are often drawn at any angle.
const glance geo.Meters = 15

// courseOut is the course of an arc over its first metres.
func (e *Engine) courseOut(arc uint32) float64 {
	points := e.net.FirstPoint[arc>>1+1] - e.net.FirstPoint[arc>>1]
	first, _ := e.net.OnArc(arc, 0)
	for k := uint32(1); ; k++ {
		p, _ := e.net.OnArc(arc, k)
		a, b := e.net.Point(first), e.net.Point(p)
		if k == points-1 || geodesic.Distance(a, b) >= glance {
			return geodesic.Bearing(a, b)
		}
	}
}
