package routing

import (
	"slices"
	"strings"
	"sync"
	"time"

	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Variant asks for other speeds than the free ones and for roads to be left out. The
// zero value is the network as it was imported.
type Variant struct {
	Hours   string   // an hour class: see HoursAt; "" are the free speeds
	Exclude []string // classes of road, of Excludable
}

// Excludable are the classes of road that a question may exclude.
func Excludable() []string { return []string{"motorway", "trunk", "ferry"} }

// HoursAt is the hour class of a departure, by its own clock: morning from 6:30 and
// evening from 16:30 for three hours each, midday between them and night after
// them; weekend for the days of Saturday and Sunday.
//
// The limits of this: the class of the departure holds for the whole way, speeds
// are those of a class of road and not of a street, and holidays are days like any.
func HoursAt(departure time.Time) string {
	minutes := departure.Hour()*60 + departure.Minute()
	day := departure.Weekday()
	switch {
	case minutes < 6*60+30 || minutes >= 19*60+30:
		return "night"
	case day == time.Saturday || day == time.Sunday:
		return "weekend"
	case minutes < 9*60+30:
		return "morning"
	case minutes < 16*60+30:
		return "midday"
	default:
		return "evening"
	}
}

// maxVariants is how many an engine keeps; the one made first goes first.
const maxVariants = 8

// variants are the customised networks of an engine.
type variants struct {
	mu    sync.Mutex
	known map[string]*Engine
	order []string

	once     sync.Once
	topology *path.Topology // shared by all
}

func (v Variant) name() string { return v.Hours + "/" + strings.Join(v.Exclude, ",") }

// Variant returns the engine at other speeds: it answers about the same places, so
// that snaps hold for both, and closes with e. The first question for a variant
// customises the hierarchy (a second for a city); e goes on answering meanwhile. It
// fails with ErrUnknownVariant.
func (e *Engine) Variant(v Variant) (*Engine, error) {
	if v.Hours == "" && len(v.Exclude) == 0 {
		return e, nil
	}
	var speeds network.Speeds
	if v.Hours != "" {
		all, err := network.Hours()
		if err != nil {
			return nil, err
		}
		var ok bool
		if speeds, ok = all[v.Hours]; !ok {
			return nil, ErrUnknownVariant.With("hours", v.Hours)
		}
	}
	for _, class := range v.Exclude {
		if !slices.Contains(Excludable(), class) {
			return nil, ErrUnknownVariant.With("exclude", class)
		}
	}
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.lease.RUnlock()
	e.variants.mu.Lock()
	defer e.variants.mu.Unlock()
	if made, ok := e.variants.known[v.name()]; ok {
		return made, nil
	}
	e.variants.once.Do(func() { e.variants.topology = path.NewTopology(e.net.Graph()) })
	net := e.net.Scaled(speeds, v.Exclude)
	made := &Engine{
		region: e.region, net: net, key: e.key, lease: e.lease,
		search: path.NewSearcher(e.variants.topology.Customise(net.Graph().Cost)),
	}
	e.variants.keep(v.name(), made)
	return made, nil
}

func (v *variants) keep(name string, e *Engine) {
	if v.known == nil {
		v.known = map[string]*Engine{}
	}
	if len(v.order) == maxVariants {
		delete(v.known, v.order[0])
		v.order = v.order[1:]
	}
	v.known[name] = e
	v.order = append(v.order, name)
}

// Variant returns all regions that are open now at other speeds, for one question.
// It fails with ErrUnknownVariant.
func (r *Roads) Variant(v Variant) (*Roads, error) {
	if v.Hours == "" && len(v.Exclude) == 0 {
		return r, nil
	}
	now := &opened{faults: map[string]error{}}
	for _, e := range r.open.Load().engines {
		made, err := e.Variant(v)
		if err != nil {
			return nil, err
		}
		now.engines = append(now.engines, made)
	}
	out := &Roads{store: r.store, profile: r.profile}
	out.open.Store(now)
	return out, nil
}
