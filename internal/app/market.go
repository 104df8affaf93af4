package app

import (
	"cmp"
	"context"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api/marketapi"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/visits"
	"beatplan/geo/poi"
	"beatplan/internal/db"
	"beatplan/internal/scope"
	"beatplan/routing"
	"beatplan/territory"
	"beatplan/territory/market"
)

// PlacesFile is the name of the list of businesses in a region's folder.
const PlacesFile = "places.gz"

// openMarket makes white space; crm, its index, visits, territories and roads are
// there.
func (a *App) openMarket() {
	a.Market = market.New(market.Options{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Regions: placeFiles{a.Roads},
		Customers: located{a.Index}, Grounds: inForce{a.Territories}, Visits: called{a.Visits},
		Leads: leads{a.CRM}, Days: offers{a.Visits}, Announcer: a.Bus,
	})
}

// mountMarket registers the surface of white space.
func (a *App) mountMarket() {
	marketapi.Mount(a.API, marketapi.Surface{Service: a.Market})
}

// placeFiles tells market where the named businesses of the imported maps are.
type placeFiles struct{ roads *routing.Roads }

// Places lists the files by region; regions imported by older versions have none.
func (p placeFiles) Places() ([]market.File, error) {
	var all []market.File
	for _, r := range p.roads.Regions() {
		if slices.ContainsFunc(r.Files, func(f routing.File) bool { return f.Name == PlacesFile }) {
			all = append(all, market.File{ID: r.ID, Path: filepath.Join(r.Dir, PlacesFile)})
		}
	}
	slices.SortFunc(all, func(x, y market.File) int { return cmp.Compare(x.ID, y.ID) })
	return all, nil
}

// located tells market who the customers are.
type located struct{ index *crm.Index }

// Version counts the changes of customers.
func (l located) Version() uint64 { return l.index.Version() }

// Located yields the customers with a position.
func (l located) Located() iter.Seq[market.Customer] {
	return func(yield func(market.Customer) bool) {
		for p := range l.index.Select(crm.Filter{}, scope.Everything()).Pins() {
			if p.Position != nil && !yield(clientOf(p)) {
				return
			}
		}
	}
}

func clientOf(p *crm.MapPin) market.Customer {
	return market.Customer{
		ID: int64(p.ID), Name: p.Name, Kind: p.Kind, Point: *p.Position, Owner: int64(p.Owner),
		Active: p.Status == crm.Active, Lead: p.Status == crm.Prospect, Sales: p.Deals,
	}
}

// Since returns the customers that changed after a version.
func (l located) Since(version uint64) (ids []int64, known bool) {
	changed, known := l.index.Since(version)
	for _, id := range changed {
		ids = append(ids, int64(id))
	}
	return ids, known
}

// Customer returns one that has a position.
func (l located) Customer(id int64) (market.Customer, bool) {
	p := l.index.Pin(business.CustomerID(id))
	if p == nil || p.Position == nil {
		return market.Customer{}, false
	}
	return clientOf(p), true
}

// Seen returns the customers that a scope sees.
func (l located) Seen(sc scope.Scope) []int64 {
	var out []int64
	for _, id := range l.index.Select(crm.Filter{}, sc).IDs() {
		out = append(out, int64(id))
	}
	return out
}

// inForce tells market which territories are in force.
type inForce struct{ territories *territory.Service }

// Mark changes whenever one of them does.
func (g inForce) Mark(ctx context.Context) (string, error) {
	return territory.InForceMark(ctx, g.territories.DB)
}

// InForce returns them, the newest first.
func (g inForce) InForce(ctx context.Context) ([]market.Ground, error) {
	all, err := everyArea(ctx, g.territories, scope.Everything(), nil)
	out := make([]market.Ground, len(all))
	for i, area := range slices.Backward(all) {
		out[len(all)-1-i] = market.Ground{Person: area.Person, Shape: area.Shape}
	}
	return out, err
}

// called tells market where somebody called.
type called struct{ visits *visits.Service }

// Visited returns the customers with a valid visit from one day to another.
func (c called) Visited(ctx context.Context, from, to time.Time) ([]int64, error) {
	ids, err := c.visits.CalledOn(ctx, businessDay(from), businessDay(to))
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out, err
}

func businessDay(t time.Time) business.Date {
	y, m, d := t.Date()
	return business.NewDate(y, m, d)
}

func actorOf(c market.Caller) business.Actor {
	return business.Actor{Person: business.PersonID(c.Person), Role: business.Role(c.Role),
		Team: business.TeamID(c.Team)}
}

// leads makes customers of shops on the map.
type leads struct{ crm *crm.Service }

// leadChannel says in a customer's card how it came to us.
const leadChannel = "map"

// Make creates a customer of level C that waits for its first visit.
func (l leads) Make(
	ctx context.Context, tx db.Tx, c market.Caller, lead market.Lead,
) (int64, error) {
	p := lead.Place
	in := crm.NewCustomer{
		Name: nameOf(p), Kind: crm.KindOf(p.Kind), Level: crm.C, Status: crm.Prospect,
		Owner: business.PersonID(lead.Owner), Address: clipped(p.Address, 300),
		Phone: p.Phone, Channel: leadChannel,
		Pin: &crm.Pin{Point: p.Point, Source: crm.FromMap},
	}
	if len([]rune(in.Phone)) > 40 {
		in.Phone = ""
	}
	made, err := l.crm.CreateIn(ctx, tx, crm.By{Actor: actorOf(c), Scope: c.Scope}, in)
	return int64(made.ID), err
}

// nameOf is a shop's name, the Chinese one before the one on the sign.
func nameOf(p poi.Place) string {
	name := p.Name
	if p.Chinese != "" {
		name = p.Chinese + " " + p.Name
	}
	return clipped(name, 200)
}

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// offers puts prospects on people's days.
type offers struct{ visits *visits.Service }

func (o offers) caller(c market.Caller) visits.Caller {
	return visits.Caller{Actor: actorOf(c), Scope: c.Scope}
}

// Route is the way of the day on the road.
func (o offers) Route(
	ctx context.Context, c market.Caller, person int64, day time.Time,
) (orb.LineString, error) {
	at := visits.PersonDay{Person: business.PersonID(person), Date: businessDay(day)}
	e, err := o.visits.Day(ctx, o.caller(c), at)
	return e.Line, err
}

// Offer adds the customers that are not on the day yet, as stops that may be left out.
func (o offers) Offer(
	ctx context.Context, tx db.Tx, c market.Caller, at market.PersonDay, customers []int64,
) error {
	var ids []business.CustomerID
	for _, id := range customers {
		ids = append(ids, business.CustomerID(id))
	}
	day := visits.PersonDay{Person: business.PersonID(at.Person), Date: businessDay(at.Day)}
	_, err := o.visits.Offer(ctx, tx, o.caller(c), day, ids)
	return err
}
