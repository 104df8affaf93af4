package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"beatplan/api/osrmapi"
	"beatplan/api/routingapi"
	"beatplan/routing"
)

// profileRoads answers for every means of travel. The car's roads are those of the
// app; the others are opened when somebody first asks for them.
type profileRoads struct {
	app  *App
	mu   sync.Mutex
	more map[string]*routing.Roads
	seen map[string]time.Time // when a profile's regions were last looked for
}

// profileRefresh is how old the list of another profile's regions may be.
const profileRefresh = 5 * time.Second

// profileName translates the names that clients of OSRM use; a profile of the user's is
// known by the name that it gives itself, once a region was imported with it.
func (p *profileRoads) profileName(name string) (string, error) {
	switch name {
	case "", "car", "driving":
		return routing.Car, nil
	case "bicycle", "bike", "cycling":
		return "bicycle", nil
	case "foot", "walking":
		return "foot", nil
	case "motorcycle":
		return "motorcycle", nil
	}
	for _, r := range p.app.Roads.Regions() {
		if r.Has(name) {
			return name, nil
		}
	}
	return "", routing.ErrUnknownProfile.With("profile", name)
}

// roads returns the regions of a profile.
func (p *profileRoads) roads(name string) (*routing.Roads, error) {
	name, err := p.profileName(name)
	if err != nil {
		return nil, err
	}
	if name == routing.Car {
		return p.app.Roads, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.app.Clock.Now()
	r, ok := p.more[name]
	switch {
	case !ok:
		if r, err = routing.OpenFor(RegionsDir(p.app.Config), name); err != nil {
			return nil, err
		}
		if p.more == nil {
			p.more, p.seen = map[string]*routing.Roads{}, map[string]time.Time{}
		}
		p.more[name] = r
	case now.Sub(p.seen[name]) > profileRefresh:
		if err := r.Refresh(); err != nil {
			return nil, err
		}
	}
	p.seen[name] = now
	if len(r.Regions()) == 0 {
		return nil, routing.ErrUnknownProfile.With("profile", name)
	}
	return r, nil
}

// at returns a profile's roads at the speeds of a departure, by the company's clock.
func (p *profileRoads) at(
	profile string, departure time.Time, exclude []string,
) (*routing.Roads, error) {
	r, err := p.roads(profile)
	if err != nil {
		return nil, err
	}
	v := routing.Variant{Exclude: exclude}
	if !departure.IsZero() {
		v.Hours = routing.HoursAt(departure.In(p.app.Zone))
	}
	return r.Variant(v)
}

// Close lets go of what was opened.
func (p *profileRoads) Close(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, r := range p.more {
		errs = append(errs, r.Close())
	}
	p.more = nil
	return errors.Join(errs...)
}

// mountRoads registers routes, areas and OSRM's protocol.
func (a *App) mountRoads() {
	p := &profileRoads{app: a}
	a.onClose("roads of other profiles", p.Close)
	routingapi.Mount(a.API, a.Roads)
	routingapi.MountAreas(a.API, func(profile string, departure time.Time) (routingapi.Areas, error) {
		return p.at(profile, departure, nil)
	})
	osrmapi.Mount(a.API, osrmapi.Handler{
		Select: func(profile string, w osrmapi.Wish) (osrmapi.Roads, error) {
			return p.at(profile, w.Departure, w.Exclude)
		},
	})
}

// oneNetwork answers OSRM's protocol from a single network, whatever the profile is
// called, with departures by their own clock.
func oneNetwork(e *routing.Engine) osrmapi.Handler {
	return osrmapi.Handler{Select: func(_ string, w osrmapi.Wish) (osrmapi.Roads, error) {
		v := routing.Variant{Exclude: w.Exclude}
		if !w.Departure.IsZero() {
			v.Hours = routing.HoursAt(w.Departure)
		}
		return e.Variant(v)
	}}
}
