package routing

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/internal/fail"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// SnapLimit is how far from a road a point may lie by default.
const SnapLimit geo.Meters = 1000

// MaxRoutePoints bounds one route.
const MaxRoutePoints = 500

// Engine answers for one region and one profile. Safe for concurrent use.
type Engine struct {
	region Region
	net    *network.Network
	search *path.Searcher

	key      uint64    // of the network, for stored snaps
	matchers sync.Pool // of *match.Matcher

	lease   *lease // held for reading while the mapped file is in use
	release func() error

	variants variants
	paced    paced
}

// lease keeps a mapped file open while questions run; variants share it.
type lease struct {
	sync.RWMutex
	closed bool
}

// errClosed is seen by a question that comes after the region was dropped.
var errClosed = ErrUnknownRegion.Saying("The region was replaced while you asked.")

// OpenEngine maps the car network in a region's folder and verifies it. It fails
// with ErrBrokenRegion.
func OpenEngine(region Region) (*Engine, error) { return OpenProfile(region, Car) }

// OpenProfile is OpenEngine for any profile that was imported.
func OpenProfile(region Region, profile string) (*Engine, error) {
	return openNetwork(region, filepath.Join(region.Dir, networkFile(profile)))
}

// OpenFile opens a network that BuildFile wrote. It fails with ErrBrokenRegion.
func OpenFile(name string) (*Engine, error) {
	base := filepath.Base(name)
	return openNetwork(Region{ID: base, Name: base, Dir: filepath.Dir(name)}, name)
}

func openNetwork(region Region, name string) (*Engine, error) {
	file, release, err := network.OpenFile(name)
	if err != nil {
		return nil, brokenRegion(region, err)
	}
	net, err := network.Load(file)
	if err != nil {
		return nil, brokenRegion(region, errors.Join(err, release()))
	}
	hierarchy, err := path.Load(file)
	if err != nil {
		return nil, brokenRegion(region, errors.Join(err, release()))
	}
	if hierarchy.Vertices() != net.States() {
		return nil, brokenRegion(region, errors.Join(network.ErrFile, release()))
	}
	if region.Box == (geo.Box{}) {
		region.Box = net.Box
	}
	return &Engine{
		region: region, net: net, search: path.NewSearcher(hierarchy), release: release,
		key: networkKey(region, net.Profile, file.Sum()), lease: &lease{},
	}, nil
}

func brokenRegion(r Region, err error) *fail.Error {
	return ErrBrokenRegion.
		Saying("The road map %s cannot be used: %v. Import the extract again.", r.Name, err).
		With("region", r.ID).Because(err)
}

// Close lets go of the file when all running questions have ended. Questions
// that come later fail with ErrUnknownRegion.
func (e *Engine) Close() error {
	e.lease.Lock()
	defer e.lease.Unlock()
	if e.lease.closed || e.release == nil {
		return nil
	}
	e.lease.closed = true
	return e.release()
}

// enter takes the lease; call e.lease.RUnlock when done.
func (e *Engine) enter() error {
	e.lease.RLock()
	if e.lease.closed {
		e.lease.RUnlock()
		return errClosed
	}
	return nil
}

// Region describes the region that the engine answers for.
func (e *Engine) Region() Region { return e.region }

// Snap brings p to the nearest usable road within limit (SnapLimit when 0),
// passing over roads that lead nowhere when one that does is within the limit.
// It fails with ErrBadPoint or ErrNoRoadNear.
func (e *Engine) Snap(p orb.Point, limit geo.Meters) (Snap, error) {
	if err := checkPoint(p, 0); err != nil {
		return Snap{}, err
	}
	if err := e.enter(); err != nil {
		return Snap{}, err
	}
	defer e.lease.RUnlock()
	return e.snap(p, SnapOptions{Limit: limit}, 0)
}

func (e *Engine) newSnap(f network.Found) Snap {
	return Snap{
		Region: e.region.ID, Point: f.Point, Distance: f.Distance,
		Street: e.net.Name(f.Piece),
		Nodes:  [2]int64{e.net.NodeID(f.Piece), e.net.NodeID(f.Piece + 1)},
		Island: e.net.Component[f.Segment] == network.Minor,
		place:  f.Place, key: e.key,
	}
}

// noRoadNear says how far the nearest road is.
func (e *Engine) noRoadNear(p orb.Point, limit geo.Meters, index int) error {
	err := ErrNoRoadNear.With("index", index).With("limit_m", math.Round(float64(limit)))
	if far, ok := e.net.Nearest(p, geo.Meters(math.Inf(1)), nil); ok {
		return err.With("distance_m", math.Round(float64(far.Distance))).
			Saying("The nearest road is %v away; the limit is %v.", far.Distance, limit)
	}
	return err
}

// checkPoint refuses what is no position, and tells swapped coordinates.
func checkPoint(p orb.Point, index int) error {
	if geo.Valid(p) {
		return nil
	}
	err := ErrBadPoint.With("index", index)
	for i, name := range []string{"lon", "lat"} {
		if !math.IsNaN(p[i]) && !math.IsInf(p[i], 0) {
			err = err.With(name, p[i])
		}
	}
	if geo.Valid(orb.Point{p[1], p[0]}) {
		err = err.With("swapped", true).Saying(
			"%v, %v is not a longitude and latitude; the two seem to be swapped.", p[0], p[1])
	}
	return err
}

// sources are the seeds of a search that begins at a place: each open
// direction, with what is left of the arc to drive.
func (e *Engine) sources(at network.Place) []path.Seed {
	seeds := make([]path.Seed, 0, 2)
	for arc := 2 * at.Segment; arc < 2*at.Segment+2; arc++ {
		if e.net.Open(arc) && !at.Shuts(arc) {
			rest := e.net.ArcCost(arc) - e.net.Before(arc, at)
			seeds = append(seeds, path.Seed{Vertex: e.net.FirstState[arc], Cost: rest})
		}
	}
	return seeds
}

// targets are the seeds of a search that ends at a place: every state of each
// open direction. A vertex stands for the end of its arc, so what lies beyond
// the place is taken off again; bias keeps that from becoming negative and is
// to be subtracted from the result.
func (e *Engine) targets(at network.Place) (seeds []path.Seed, bias network.Cost) {
	for arc := 2 * at.Segment; arc < 2*at.Segment+2; arc++ {
		if e.net.Open(arc) {
			bias = max(bias, e.net.ArcCost(arc))
		}
	}
	seeds = make([]path.Seed, 0, 2)
	for arc := 2 * at.Segment; arc < 2*at.Segment+2; arc++ {
		if !e.net.Open(arc) || at.Shuts(arc) {
			continue
		}
		rest := e.net.ArcCost(arc) - e.net.Before(arc, at)
		for s := e.net.FirstState[arc]; s < e.net.FirstState[arc+1]; s++ {
			seeds = append(seeds, path.Seed{Vertex: s, Cost: bias - rest})
		}
	}
	return seeds, bias
}

// way is a path between two places.
type way struct {
	cost   network.Cost
	states []uint32 // of the first and last only a part is driven
}

// find returns the fastest way between two places; false when there is none.
func (e *Engine) find(from, to network.Place, withPath bool) (way, bool) {
	sources := e.sources(from)
	best := way{cost: network.Infinite}
	if from.Segment == to.Segment {
		best = e.direct(from, to)
		sources = e.afterTurn(sources)
	}
	targets, bias := e.targets(to)
	q := e.search.Get()
	defer e.search.Put(q)
	if !withPath {
		if c := q.Cost(sources, targets); c < network.Infinite {
			best.cost = min(best.cost, c-bias)
		}
		return best, best.cost < network.Infinite
	}
	c, vertices := q.Path(sources, targets)
	if c == network.Infinite || c-bias >= best.cost {
		return best, best.cost < network.Infinite
	}
	best = way{cost: c - bias}
	if from.Segment == to.Segment {
		first := e.sourceBefore(e.sources(from), sources, vertices[0])
		best.states = append(best.states, first)
	}
	best.states = append(best.states, vertices...)
	return best, true
}

// direct is the way along a segment that both places lie on.
func (e *Engine) direct(from, to network.Place) way {
	best := way{cost: network.Infinite}
	for arc := 2 * from.Segment; arc < 2*from.Segment+2; arc++ {
		if !e.net.Open(arc) || from.Shuts(arc) || to.Shuts(arc) {
			continue
		}
		a, b := e.net.Before(arc, from), e.net.Before(arc, to)
		forward := arc&1 == 0
		ahead := from.Piece < to.Piece || from.Piece == to.Piece && from.Offset <= to.Offset
		behind := from.Piece > to.Piece || from.Piece == to.Piece && from.Offset >= to.Offset
		if (forward && ahead || !forward && behind) && b-a < best.cost {
			best = way{cost: b - a, states: []uint32{e.net.FirstState[arc]}}
		}
	}
	return best
}

// afterTurn moves seeds past their first turn. Where source and target share a
// segment this keeps a search from "reaching" a target that lies behind.
func (e *Engine) afterTurn(seeds []path.Seed) []path.Seed {
	var out []path.Seed
	for _, s := range seeds {
		for t := e.net.FirstTurn[s.Vertex]; t < e.net.FirstTurn[s.Vertex+1]; t++ {
			out = append(out, path.Seed{Vertex: e.net.TurnTo[t], Cost: s.Cost + e.turnCost(t)})
		}
	}
	return out
}

// turnCost is the cost of a turn and of the whole arc after it.
func (e *Engine) turnCost(turn uint32) network.Cost {
	return network.NewCost(e.net.TurnMs(turn), 0) + e.net.ArcCost(e.net.StateArc[e.net.TurnTo[turn]])
}

// sourceBefore finds the source whose turn made the cheapest seed at v.
func (e *Engine) sourceBefore(sources, seeds []path.Seed, v uint32) uint32 {
	best := network.Infinite
	for _, s := range seeds {
		if s.Vertex == v {
			best = min(best, s.Cost)
		}
	}
	for _, s := range sources {
		for t := e.net.FirstTurn[s.Vertex]; t < e.net.FirstTurn[s.Vertex+1]; t++ {
			if e.net.TurnTo[t] == v && s.Cost+e.turnCost(t) == best {
				return s.Vertex
			}
		}
	}
	panic(fmt.Sprintf("routing: no source leads to vertex %d", v))
}

// place checks that a snap belongs to this engine's network.
func (e *Engine) place(s Snap, index int) (network.Place, error) {
	if s.Region != e.region.ID || s.key != e.key || !e.net.Valid(s.place) {
		return network.Place{}, ErrUnknownRegion.With("index", index).With("region", s.Region).
			Saying("The point was snapped to another road map; snap it again.")
	}
	return s.place, nil
}

// Table is Matrix between points that were snapped before: for customers whose
// snaps are stored, for one-to-many and many-to-one. It fails with
// ErrUnknownRegion when a snap is not of this region.
func (e *Engine) Table(ctx context.Context, sources, targets []Snap) (Matrix, error) {
	if err := checkSize(len(sources), len(targets)); err != nil {
		return Matrix{}, err
	}
	if err := e.enter(); err != nil {
		return Matrix{}, err
	}
	defer e.lease.RUnlock()
	return e.table(ctx, sources, targets)
}
