package gazetteer

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"
)

// File is one region's gazetteer on disk.
type File struct {
	ID   string // changes with the content
	Path string
}

// Regions is the port to whoever stores regions.
type Regions interface {
	// Gazetteers lists the files of all complete regions, in a stable order.
	Gazetteers() ([]File, error)
}

// refreshEvery bounds how long a new region stays unseen.
const refreshEvery = 2 * time.Second

// Atlas is the gazetteers of all regions. It is safe for concurrent use.
type Atlas struct {
	regions Regions
	now     func() time.Time
	log     *slog.Logger

	mu     sync.Mutex
	seen   time.Time
	listed []File
	open   []*Gazetteer // parallel to listed; nil where a file cannot be read
}

// NewAtlas makes an atlas. Files are read when something is first looked for; one
// that cannot be read is logged and left out.
func NewAtlas(regions Regions, now func() time.Time, log *slog.Logger) *Atlas {
	return &Atlas{regions: regions, now: now, log: log}
}

// Search asks all regions; see Gazetteer.Search.
func (a *Atlas) Search(q Query) []Match {
	var all []Match
	for _, g := range a.current() {
		all = append(all, g.Search(q)...)
	}
	slices.SortStableFunc(all, func(x, y Match) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), strings.Compare(x.Title, y.Title))
	})
	return distinct(all, cmp.Or(min(q.Limit, 50), 10))
}

// Reverse asks the regions for what is at a point and answers with what names the
// nearest street, or failing that anything; see Gazetteer.Reverse.
func (a *Atlas) Reverse(p orb.Point, language string) Address {
	var best Address
	for _, g := range a.current() {
		found := g.Reverse(p, language)
		nearer := found.Street != "" && (best.Street == "" || found.Off < best.Off)
		if nearer || !best.Known() {
			best = found
		}
	}
	return best
}

// current is the open gazetteers, after looking for new regions.
func (a *Atlas) current() []*Gazetteer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.now(); a.seen.IsZero() || now.Sub(a.seen) >= refreshEvery || now.Before(a.seen) {
		a.seen = now
		a.refresh()
	}
	return slices.DeleteFunc(slices.Clone(a.open), func(g *Gazetteer) bool { return g == nil })
}

// refresh opens what is new. The caller holds the lock.
func (a *Atlas) refresh() {
	files, err := a.regions.Gazetteers()
	if err != nil {
		a.log.Error("listing gazetteers", "error", err)
		return
	}
	if slices.Equal(files, a.listed) {
		return
	}
	open := make([]*Gazetteer, len(files))
	for i, f := range files {
		if k := slices.Index(a.listed, f); k >= 0 {
			open[i] = a.open[k]
			continue
		}
		if open[i], err = Open(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			a.log.Error("opening a gazetteer", "region", f.ID, "error", err)
		}
	}
	a.listed, a.open = files, open
}
