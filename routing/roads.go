package routing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/geodesic"
)

// Roads answers for all regions of a store and one profile. Safe for concurrent
// use.
type Roads struct {
	store   *Store
	profile string
	mu      sync.Mutex // serialises Refresh
	open    atomic.Pointer[opened]
}

// opened is what is open at one time; replaced as a whole.
type opened struct {
	engines []*Engine // newest region first
	faults  map[string]error
}

// Open opens every complete region under dir for cars. Regions that are damaged
// are left out and told by Faults. An empty or absent folder is fine.
func Open(dir string) (*Roads, error) { return OpenFor(dir, Car) }

// OpenFor is Open for another profile; regions without it are passed over.
func OpenFor(dir, profile string) (*Roads, error) {
	r := &Roads{store: NewStore(dir), profile: profile}
	r.open.Store(&opened{})
	return r, r.Refresh()
}

// Refresh opens regions that were added and lets go of those dropped since.
func (r *Roads) Refresh() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	regions, err := r.store.List()
	if err != nil {
		return err
	}
	old := r.open.Load()
	now := &opened{faults: map[string]error{}}
	kept := map[*Engine]bool{}
	for _, region := range regions {
		i := slices.IndexFunc(old.engines, func(e *Engine) bool {
			return e.region.ID == region.ID && e.region.Created.Equal(region.Created)
		})
		if i >= 0 {
			now.engines = append(now.engines, old.engines[i])
			kept[old.engines[i]] = true
			continue
		}
		if r.profile != Car && !region.Has(r.profile) {
			continue
		}
		e, err := OpenProfile(region, r.profile)
		if err != nil {
			now.faults[region.ID] = err
			continue
		}
		now.engines = append(now.engines, e)
	}
	r.open.Store(now)
	var closing []error
	for _, e := range old.engines {
		if !kept[e] {
			closing = append(closing, e.Close())
		}
	}
	return errors.Join(closing...)
}

// Watch calls Refresh at this interval until ctx ends. What Refresh finds
// wrong with a region is told by Faults.
func (r *Roads) Watch(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.Refresh(); err != nil {
				continue // the folder cannot be read just now; the next tick tries again
			}
		}
	}
}

// Regions returns the open regions, newest first.
func (r *Roads) Regions() []Region {
	var out []Region
	for _, e := range r.open.Load().engines {
		out = append(out, e.region)
	}
	return out
}

// Stamp names the open regions and when each was made: while it is equal, so are the
// answers. It is equal on every replica with the same regions.
func (r *Roads) Stamp() string {
	var names []string
	for _, region := range r.Regions() {
		names = append(names, region.ID+"@"+region.Created.UTC().Format(time.RFC3339Nano))
	}
	return strings.Join(names, " ")
}

// Engine returns the engine of an open region, by id or name.
func (r *Roads) Engine(idOrName string) (*Engine, error) {
	for _, e := range r.open.Load().engines {
		if e.region.ID == idOrName || e.region.Name == idOrName {
			return e, nil
		}
	}
	return nil, ErrUnknownRegion.With("region", idOrName)
}

// Faults returns why regions could not be opened, by id.
func (r *Roads) Faults() map[string]error { return maps.Clone(r.open.Load().faults) }

// Close lets go of all regions; running questions end first.
func (r *Roads) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, e := range r.open.Swap(&opened{}).engines {
		errs = append(errs, e.Close())
	}
	return errors.Join(errs...)
}

// covering returns the engines whose roads come within SnapLimit of p.
func (o *opened) covering(p orb.Point) []*Engine {
	var out []*Engine
	for _, e := range o.engines {
		for _, box := range []geo.Box{e.region.Box, e.region.Extent} {
			if box != (geo.Box{}) && geodesic.Pad(box, SnapLimit).Contains(p) {
				out = append(out, e)
				break
			}
		}
	}
	return out
}

// snap finds the region in which p is nearest to a road.
func (o *opened) snap(p orb.Point, want SnapOptions, index int) (Snap, *Engine, error) {
	if err := checkPoint(p, index); err != nil {
		return Snap{}, nil, err
	}
	var best Snap
	var in *Engine
	err := o.noRegion(p, index)
	for _, e := range o.covering(p) {
		s, failure := e.snapped(p, want, index)
		switch {
		case failure != nil && in == nil:
			err = failure
		case failure == nil && (in == nil || s.Distance < best.Distance):
			best, in = s, e
		}
	}
	if in == nil {
		return Snap{}, nil, err
	}
	return best, in, nil
}

// noRegion says that no region covers p, and whether one covers its mirror
// image: swapped coordinates are often valid ones.
func (o *opened) noRegion(p orb.Point, index int) error {
	err := ErrNoRegion.With("index", index).With("lon", p[0]).With("lat", p[1])
	if mirrored := (orb.Point{p[1], p[0]}); geo.Valid(mirrored) && len(o.covering(mirrored)) > 0 {
		return err.With("swapped", true).Saying(
			"There is no road map at longitude %v, latitude %v; the two seem to be swapped.", p[0], p[1])
	}
	return err
}

// snapped is snap under the lease.
func (e *Engine) snapped(p orb.Point, want SnapOptions, index int) (Snap, error) {
	if err := e.enter(); err != nil {
		return Snap{}, err
	}
	defer e.lease.RUnlock()
	return e.snap(p, want, index)
}

// Snap brings p to the nearest usable road of any region within limit
// (SnapLimit when 0). It fails with ErrBadPoint, ErrNoRegion or ErrNoRoadNear.
func (r *Roads) Snap(p orb.Point, limit geo.Meters) (Snap, error) {
	s, _, err := r.open.Load().snap(p, SnapOptions{Limit: limit}, 0)
	return s, err
}

// Route finds the fastest way through pts, which must lie in one region. It
// fails as Engine.Route does, or with ErrNoRegion.
func (r *Roads) Route(ctx context.Context, pts []orb.Point) (Route, error) {
	if err := checkRoute(pts); err != nil {
		return Route{}, err
	}
	return retry(r, func(o *opened) (Route, error) {
		var in *Engine
		for i, p := range pts {
			_, e, err := o.snap(p, SnapOptions{}, i)
			if err != nil {
				return Route{}, err
			}
			if in != nil && e != in {
				return o.routeElsewhere(ctx, pts, i)
			}
			in = e
		}
		return in.Route(ctx, pts)
	})
}

// routeElsewhere tries every region that covers all points: neighbours overlap.
func (o *opened) routeElsewhere(ctx context.Context, pts []orb.Point, index int) (Route, error) {
	var err error = ErrUnreachable.With("from", index-1).With("to", index).Saying(
		"The points lie in different road maps. Import one extract that holds both.")
	for _, e := range o.covering(pts[0]) {
		route, failure := e.Route(ctx, pts)
		if failure == nil {
			return route, nil
		}
	}
	return Route{}, err
}

// retry asks once more when a region was replaced in the middle of a question.
func retry[T any](r *Roads, ask func(*opened) (T, error)) (T, error) {
	out, err := ask(r.open.Load())
	if errors.Is(err, ErrUnknownRegion) {
		out, err = ask(r.open.Load())
	}
	return out, err
}

// Matrix is Engine.Matrix over all regions; from one region to another there
// is no way.
func (r *Roads) Matrix(ctx context.Context, sources, targets []orb.Point) (Matrix, error) {
	if err := checkMatrix(sources, targets); err != nil {
		return Matrix{}, err
	}
	return retry(r, func(o *opened) (Matrix, error) {
		from, fromFaults, err := o.snapAll(ctx, sources)
		if err != nil {
			return Matrix{}, err
		}
		to, toFaults := from, fromFaults
		if !samePoints(sources, targets) {
			if to, toFaults, err = o.snapAll(ctx, targets); err != nil {
				return Matrix{}, err
			}
		}
		m, err := o.table(ctx, from, to)
		m.SourceFaults, m.TargetFaults = fromFaults, toFaults
		return m, err
	})
}

// Table is Engine.Table over all regions. It fails with ErrUnknownRegion when a
// snap's region was replaced: snap again.
func (r *Roads) Table(ctx context.Context, sources, targets []Snap) (Matrix, error) {
	if err := checkSize(len(sources), len(targets)); err != nil {
		return Matrix{}, err
	}
	return r.open.Load().table(ctx, sources, targets)
}

// snapAll snaps points; one without a road gets a zero Snap and its fault.
func (o *opened) snapAll(ctx context.Context, points []orb.Point) ([]Snap, []error, error) {
	snaps := make([]Snap, len(points))
	var faults []error
	for i, p := range points {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		s, _, err := o.snap(p, SnapOptions{}, i)
		switch {
		case err == nil:
			snaps[i] = s
		case errors.Is(err, ErrNoRoadNear) || errors.Is(err, ErrNoRegion):
			if faults == nil {
				faults = make([]error, len(points))
			}
			faults[i] = err
		default:
			return nil, nil, err
		}
	}
	return snaps, faults, nil
}

// table asks each region about its own points and puts the answers together.
func (o *opened) table(ctx context.Context, sources, targets []Snap) (Matrix, error) {
	m := newMatrix(len(sources), len(targets))
	fromBy, toBy := byRegion(sources), byRegion(targets)
	for region, from := range fromBy {
		to := toBy[region]
		i := slices.IndexFunc(o.engines, func(e *Engine) bool { return e.region.ID == region })
		if i < 0 {
			return m, ErrUnknownRegion.With("region", region)
		}
		part, err := o.engines[i].Table(ctx, pick(sources, from), pick(targets, to))
		if err != nil {
			return m, err
		}
		for a, i := range from {
			for b, j := range to {
				k := i*m.Targets + j
				m.Seconds[k], m.Meters[k] = part.At(a, b)
			}
		}
	}
	return m, nil
}

// byRegion groups the indexes of snaps; zero snaps belong nowhere.
func byRegion(snaps []Snap) map[string][]int {
	out := map[string][]int{}
	for i, s := range snaps {
		if s.Region != "" {
			out[s.Region] = append(out[s.Region], i)
		}
	}
	return out
}

func pick(snaps []Snap, at []int) []Snap {
	out := make([]Snap, len(at))
	for i, j := range at {
		out[i] = snaps[j]
	}
	return out
}

// Through is Engine.Through in the region of the snaps.
func (r *Roads) Through(ctx context.Context, snaps []Snap) (Route, error) {
	e, err := r.engineOf(snaps)
	if err != nil {
		return Route{}, err
	}
	return e.Through(ctx, snaps)
}

// Measure is Engine.Measure in the region of the snaps.
func (r *Roads) Measure(ctx context.Context, snaps []Snap) (Route, error) {
	e, err := r.engineOf(snaps)
	if err != nil {
		return Route{}, err
	}
	return e.Measure(ctx, snaps)
}

// Steps is Engine.Steps in the region of the snaps.
func (r *Roads) Steps(ctx context.Context, snaps []Snap) ([][]Step, error) {
	e, err := r.engineOf(snaps)
	if err != nil {
		return nil, err
	}
	return e.Steps(ctx, snaps)
}

// StepsOf is Engine.StepsOf in the region of the route.
func (r *Roads) StepsOf(route Route) ([][]Step, error) {
	e, err := r.engineOf(route.Snaps)
	if err != nil {
		return nil, err
	}
	return e.StepsOf(route)
}

func (r *Roads) engineOf(snaps []Snap) (*Engine, error) {
	if len(snaps) == 0 {
		return nil, ErrFewPoints
	}
	for i, s := range snaps {
		if s.Region != snaps[0].Region {
			return nil, ErrUnreachable.With("from", i-1).With("to", i)
		}
	}
	return r.Engine(snaps[0].Region)
}
