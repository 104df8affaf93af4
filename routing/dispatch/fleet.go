package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
	"beatplan/geo/index"
	"beatplan/routing"
)

// Ways are the roads that a fleet stands on; routing.Roads are.
type Ways interface {
	// Snap brings a point to the nearest road within the limit, the usual one for 0.
	Snap(p orb.Point, limit geo.Meters) (routing.Snap, error)
	// Toward begins a search to a place.
	Toward(p orb.Point) (*routing.Toward, error)
}

// Stand is where somebody stands: the position of a fix and the road next to it.
type Stand struct {
	Position orb.Point
	At       time.Time
	Snap     routing.Snap // the zero Snap: no road is near
}

// Fleet knows where on the roads everybody stands. A position is brought to the road
// once, when it comes, and not by every question. Safe for concurrent use; questions
// never wait for positions.
type Fleet struct {
	ways  Ways
	index *index.Live[Stand]
	mu    sync.Mutex // serialises writes of one person
}

// NewFleet returns an empty fleet on these roads.
func NewFleet(ways Ways, o index.Options) *Fleet {
	return &Fleet{ways: ways, index: index.NewLive[Stand](o)}
}

// Len is the number of people.
func (f *Fleet) Len() int { return f.index.Snapshot().Len() }

// Put moves somebody on; an older position than the known one changes nothing.
func (f *Fleet) Put(person int64, p orb.Point, at time.Time) { f.put(person, p, at, false) }

// put moves somebody on; known says to leave out whoever was removed meanwhile.
func (f *Fleet) put(person int64, p orb.Point, at time.Time, known bool) {
	snap, err := f.ways.Snap(p, 0)
	place := snap.Point
	if err != nil { // off the road: they stand where they are, and cannot be ranked
		snap, place = routing.Snap{}, p
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old, ok := f.index.Get(person)
	if ok && old.Value.At.After(at) || !ok && known {
		return
	}
	f.index.Put(person, place, Stand{p, at, snap})
}

// Remove forgets somebody.
func (f *Fleet) Remove(person int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.index.Delete(person)
}

// Publish shows everything that was put before.
func (f *Fleet) Publish() { f.index.Publish() }

// Renew brings everybody to the roads again: after a road map came or went. Who is
// removed meanwhile stays away. O(n).
func (f *Fleet) Renew() {
	for item := range f.index.Snapshot().All() {
		f.put(item.ID, item.Value.Position, item.Value.At, true)
	}
}

// Who tells of some people who may be sent and what they are at, as candidates
// without a position. People who are left out cannot be sent at all.
type Who func(ctx context.Context, people []int64) (map[int64]Candidate, error)

// firstLook is how many people nearest through the air are looked at whatever the
// bound says, so that a dispatcher learns why somebody near was left out.
const firstLook = 32

// Nearest answers as the function Nearest does, exactly and yet without computing
// everybody's road time: people are looked at by their distance through the air, until
// nobody farther away could come sooner than the last of the answer, at the speed of
// the fastest arc of the network. Unranked are only the first that were looked at, and
// who lies as near as somebody who could still come. It fails with ErrOffRoad, and with
// what who fails with.
func (f *Fleet) Nearest(ctx context.Context, q Question, who Who) (Answer, error) {
	toward, err := f.ways.Toward(q.To)
	if err != nil {
		if off(err) {
			return Answer{}, ErrOffRoad.Because(err)
		}
		return Answer{}, fmt.Errorf("roads to %v: %w", q.To, err)
	}
	defer toward.Close()
	s := sweep{fleet: f, toward: toward, q: q, who: who}
	return s.run(ctx)
}

// off reports that no road is near.
func off(err error) bool {
	return errors.Is(err, routing.ErrNoRegion) || errors.Is(err, routing.ErrNoRoadNear)
}

// sweep is one search over a fleet.
type sweep struct {
	fleet  *Fleet
	toward *routing.Toward
	q      Question
	who    Who
	answer Answer
	left   []left  // of the unranked
	ids    []int64 // of the ring
}

// left is how far through the air somebody unranked is and how long they are busy, as
// far as that counts.
type left struct {
	air  geo.Meters
	busy time.Duration
}

// everywhere is farther than any two places are.
const everywhere geo.Meters = 30_000_000

// run looks at rings around the place, one after the other.
func (s *sweep) run(ctx context.Context) (Answer, error) {
	all := s.fleet.index.Snapshot()
	to := s.toward.To.Point
	ring := all.Near(nil, to, firstLook, everywhere, nil)
	if len(ring) == 0 {
		return s.answer, nil
	}
	inner, outer := geo.Meters(-1), ring[len(ring)-1].Distance
	for looked := 0; ; {
		ring = all.Around(ring[:0], to, inner, outer, nil)
		if err := s.look(ctx, ring, inner < 0); err != nil {
			return Answer{}, err
		}
		if looked += len(ring); looked >= all.Len() || outer >= s.bound() {
			break
		}
		inner, outer = outer, min(s.bound(), max(ringGrowth*outer, 1000))
	}
	s.dropFar()
	s.answer.rank(s.q.Limit)
	return s.answer, nil
}

// dropFar keeps of the unranked only who lies within the last bound: who else was
// looked at before it was known hangs on the order of a ring.
func (s *sweep) dropFar() {
	kept := s.answer.Unranked[:0]
	for i, one := range s.answer.Unranked {
		if s.left[i].air <= s.boundAfter(s.left[i].busy) {
			kept = append(kept, one)
		}
	}
	s.answer.Unranked = kept
}

// ringGrowth is by how much a ring is wider than the one before: what is learned in one
// spares people in the next.
const ringGrowth = 2

// bound is how far through the air somebody can be who still belongs to the answer.
func (s *sweep) bound() geo.Meters { return s.boundAfter(0) }

// boundAfter is bound for people who are busy so long.
func (s *sweep) boundAfter(busy time.Duration) geo.Meters {
	if s.q.Limit <= 0 || len(s.answer.Ranked) < s.q.Limit {
		return everywhere
	}
	return min(everywhere, s.toward.Within((s.answer.Ranked[s.q.Limit-1].ETA - busy).Seconds()))
}

// look judges the people of a ring and keeps the best; whole says to judge also whom
// the bound leaves out.
func (s *sweep) look(ctx context.Context, ring []index.Neighbour[Stand], whole bool) error {
	s.ids = s.ids[:0]
	for i := range ring {
		s.ids = append(s.ids, ring[i].ID)
	}
	known, err := s.who(ctx, s.ids)
	if err != nil {
		return fmt.Errorf("people to send: %w", err)
	}
	for i := range ring {
		n := &ring[i]
		if !whole && n.Distance > s.bound() {
			continue
		}
		c, ok := known[n.ID]
		if !ok {
			continue
		}
		// Who is busy comes too late from nearer by; who is left out anyhow is told of.
		far := left{n.Distance, c.Busy}
		if s.hindered(c, n.Value) {
			far.busy = 0
		}
		if whole {
			far = left{}
		} else if far.air > s.boundAfter(far.busy) {
			continue
		}
		c.Person, c.Position, c.At = n.ID, n.Value.Position, n.Value.At
		if err := s.take(c, n.Value, far); err != nil {
			return err
		}
	}
	return nil
}

// hindered reports whether somebody is left out whatever the roads say.
func (s *sweep) hindered(c Candidate, at Stand) bool {
	return s.q.Now.Sub(at.At) > s.q.Fresh || at.Snap.Region != s.toward.To.Region ||
		!c.Until.IsZero() && s.q.Now.Add(c.Busy).After(c.Until)
}

// take judges somebody and puts them where they belong.
func (s *sweep) take(c Candidate, at Stand, far left) error {
	one, err := s.judge(c, at)
	if err != nil {
		return err
	}
	if one.Why != "" {
		s.answer.Unranked = append(s.answer.Unranked, one)
		s.left = append(s.left, far)
		return nil
	}
	k, _ := slices.BinarySearchFunc(s.answer.Ranked, one, sooner)
	if s.q.Limit > 0 && k >= s.q.Limit {
		return nil
	}
	s.answer.Ranked = slices.Insert(s.answer.Ranked, k, one)
	if s.q.Limit > 0 && len(s.answer.Ranked) > s.q.Limit {
		s.answer.Ranked = s.answer.Ranked[:s.q.Limit]
	}
	return nil
}

// judge computes one road time.
func (s *sweep) judge(c Candidate, at Stand) (Suggestion, error) {
	if at.Snap.Region == "" {
		return judge(s.q, c, OffRoad, 0, 0), nil
	}
	if at.Snap.Region != s.toward.To.Region { // no way leads from one road map to another
		return judge(s.q, c, Unreachable, 0, 0), nil
	}
	seconds, meters, err := s.toward.From(at.Snap)
	if errors.Is(err, routing.ErrUnknownRegion) { // the road map was replaced: see again
		if at.Snap, err = s.fleet.ways.Snap(at.Position, 0); off(err) {
			return judge(s.q, c, OffRoad, 0, 0), nil
		}
		seconds, meters, err = s.toward.From(at.Snap)
	}
	if err != nil {
		return Suggestion{}, fmt.Errorf("road time of person %d: %w", c.Person, err)
	}
	return judge(s.q, c, "", seconds, meters), nil
}
