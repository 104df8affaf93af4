package app

import (
	"context"
	"fmt"
	"time"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/geo"
	"beatplan/geo/fence"
	"beatplan/internal/db"
	"beatplan/internal/scope"
	"beatplan/territory"
)

// siteRadius is how near a customer's position counts as being there.
const siteRadius geo.Meters = 100

// fencesEvery is how old the fences may be that fixes are looked at against.
const fencesEvery = 30 * time.Second

// keepFences has fixes looked at against the customers' sites and the territories in
// force, as they are now, until ctx ends.
func (a *App) keepFences(ctx context.Context) {
	tick := time.NewTicker(fencesEvery)
	defer tick.Stop()
	customers, areas := uint64(0), ""
	for {
		at, now, err := a.fences(ctx, customers, areas)
		if err != nil && ctx.Err() == nil {
			a.Log.Error("fences: read places", "error", err)
		}
		customers, areas = at, now
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// fences sets the fences anew when customers moved or territories changed since the
// version and the sign given; it returns the present ones.
func (a *App) fences(
	ctx context.Context, customers uint64, areas string,
) (version uint64, sign string, err error) {
	version = a.Index.Places()
	var all []fence.Fence
	for seek := (territory.Seek{Limit: 1000}); ; {
		page, err := a.Territories.Areas(ctx, scope.Everything(), seek)
		if err != nil {
			return customers, areas, err
		}
		for _, area := range page {
			all = append(all, fence.Fence{Key: fence.NewKey(fence.Territory, area.ID), Area: area.Shape})
			sign += fmt.Sprint(area.ID, area.Scenario, ";")
			seek.After = area.ID
		}
		if len(page) < seek.Limit {
			break
		}
	}
	if version == customers && sign == areas {
		return version, sign, nil
	}
	for id, at := range a.Index.Sites() {
		all = append(all, fence.Fence{Key: fence.NewKey(fence.Site, int64(id)), Centre: at,
			Radius: siteRadius})
	}
	a.Track.SetFences(fence.NewSet(all))
	return version, sign, nil
}

// fenced names the places that fences stand for.
type fenced struct {
	crm       *crm.Service
	territory *territory.Service
	db        *db.DB
}

// Names names customers within the scope, and territories by their people.
func (f fenced) Names(
	ctx context.Context, sc scope.Scope, fences []fence.Key,
) (map[fence.Key]string, error) {
	var sites []business.CustomerID
	owners := map[fence.Key]business.PersonID{}
	for _, k := range fences {
		if k.Kind() == fence.Site {
			sites = append(sites, business.CustomerID(k.ID()))
			continue
		}
		if _, known := owners[k]; known {
			continue
		}
		owners[k] = 0
		if area, err := f.territory.Area(ctx, sc, k.ID()); err == nil {
			owners[k] = business.PersonID(area.Person)
		}
	}
	names := map[fence.Key]string{}
	customers, err := f.crm.Customers(ctx, f.db, sc, sites)
	if err != nil {
		return nil, err
	}
	for _, c := range customers {
		names[fence.NewKey(fence.Site, int64(c.ID))] = c.Name
	}
	var people []int64
	for _, p := range owners {
		people = append(people, int64(p))
	}
	if len(people) == 0 {
		return names, nil
	}
	cards, err := identity.Cards(ctx, f.db, people)
	if err != nil {
		return nil, err
	}
	for k, p := range owners {
		names[k] = cards[p].Name
	}
	return names, nil
}
