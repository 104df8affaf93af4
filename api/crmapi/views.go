package crmapi

import (
	"context"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/geo/geodesic"
)

// Filter is the query parameters that select customers; embed it. Lists are
// separated by commas.
type Filter struct {
	Q        string `query:"q" maxLength:"200" doc:"Words; each in number, name, address, district or phone"`
	Owner    string `query:"owner" maxLength:"4000" example:"7,9" doc:"Ids of people; none for nobody"`
	Team     string `query:"team" maxLength:"4000" doc:"Ids of teams"`
	Kind     string `query:"kind" maxLength:"8000" example:"shop,amenity/bank" doc:"A kind includes those below it"`
	Level    string `query:"level" maxLength:"20" example:"A,B" doc:"A, B, C"`
	Status   string `query:"status" maxLength:"60" doc:"prospect, active, dormant, lost"`
	Due      string `query:"due" maxLength:"60" doc:"overdue, today, soon (7 days), later, none (no plan)"`
	Tag      string `query:"tag" maxLength:"4000" doc:"Any of these tags"`
	BBox     string `query:"bbox" maxLength:"120" example:"-75.8,38.4,-75.0,39.9" doc:"west,south,east,north"`
	Polygon  string `query:"polygon" maxLength:"24000" doc:"lon,lat;lon,lat;… of an area"`
	IDs      string `query:"ids" maxLength:"16000" doc:"At most 1,000 ids of customers"`
	Location string `query:"located" enum:"true,false" doc:"With or without a position"`
	SharedTo string `query:"shared_to" maxLength:"4000" doc:"Ids of people: somebody else's, shared with them or their team"`
	SharedBy string `query:"shared_by" maxLength:"4000" doc:"Ids of people: theirs and shared with anybody"`
	Stage    string `query:"stage" maxLength:"100" doc:"new, contacted, interested, negotiating, won, given_up"`
	Channel  string `query:"channel" maxLength:"4000" doc:"How the customers came to us; none for unknown"`
	District string `query:"district" maxLength:"8000" doc:"As written; none for those without"`
	From     string `query:"created_from" maxLength:"10" example:"2026-01-01" doc:"Created on this business day or later"`
	To       string `query:"created_to" maxLength:"10" example:"2026-12-31" doc:"Created on this business day or before"`
	Facts
}

// Facts are the parameters that ask for what neighbours keep on a customer.
type Facts struct {
	VisitedFrom string `query:"visited_from" maxLength:"10" doc:"Last visit on this business day or later"`
	VisitedTo   string `query:"visited_to" maxLength:"10" doc:"Last visit on this business day or before"`
	Unvisited   string `query:"unvisited_since" maxLength:"10" doc:"Never visited, or before this business day"`
	OrderedFrom string `query:"ordered_from" maxLength:"10" doc:"Last order on this business day or later"`
	OrderedTo   string `query:"ordered_to" maxLength:"10" doc:"Last order on this business day or before"`
	Unordered   string `query:"unordered_since" maxLength:"10" doc:"Never ordered, or before this business day"`
	OwesFrom    string `query:"owes_from" maxLength:"17" example:"100" doc:"Open receivable of so much or more, minor units"`
	OwesTo      string `query:"owes_to" maxLength:"17" doc:"Open receivable of so much or less, minor units"`
	Mark        string `query:"mark" maxLength:"2000" example:"warning:customer_order" doc:"Any of these marks, name:value: warning:customer_visit, warning:customer_order, warning:customer_sale"`
	Area        string `query:"area" maxLength:"4000" example:"district:17" doc:"In any of these areas: district:id, territory:id, reach:lon~lat~minutes"`
}

func (f Facts) parameters() map[string]string {
	return map[string]string{
		"visited_from": f.VisitedFrom, "visited_to": f.VisitedTo, "unvisited_since": f.Unvisited,
		"ordered_from": f.OrderedFrom, "ordered_to": f.OrderedTo, "unordered_since": f.Unordered,
		"owes_from": f.OwesFrom, "owes_to": f.OwesTo, "mark": f.Mark, "area": f.Area,
	}
}

func (f Filter) parse() (crm.Filter, error) {
	v := url.Values{}
	all := map[string]string{
		"q": f.Q, "owner": f.Owner, "team": f.Team, "kind": f.Kind, "level": f.Level,
		"status": f.Status, "due": f.Due, "tag": f.Tag, "bbox": f.BBox, "polygon": f.Polygon,
		"ids": f.IDs, "located": f.Location, "shared_to": f.SharedTo, "shared_by": f.SharedBy,
		"stage": f.Stage, "channel": f.Channel, "district": f.District,
		"created_from": f.From, "created_to": f.To,
	}
	maps.Copy(all, f.parameters())
	for name, value := range all {
		if value != "" {
			v.Set(name, value)
		}
	}
	return crm.ParseFilter(v)
}

// point reads "lon,lat"; nil for nothing.
func point(s string) (*orb.Point, error) {
	if s == "" {
		return nil, nil
	}
	lon, lat, _ := strings.Cut(s, ",")
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	p := orb.Point{x, y}
	if errX != nil || errY != nil || !geo.Valid(p) {
		return nil, crm.ErrBadFilter.WithField("near", "format", "Expected lon,lat in degrees.")
	}
	return &p, nil
}

// Customer is one customer in an answer.
type Customer struct {
	ID             business.CustomerID  `json:"id"`
	Number         string               `json:"number" example:"C000123"`
	Name           string               `json:"name"`
	Kind           string               `json:"kind" example:"shop/bakery" doc:"A path in the tree of kinds"`
	Level          crm.Level            `json:"level" enum:"A,B,C"`
	Status         crm.Status           `json:"status" enum:"prospect,active,dormant,lost"`
	OwnerID        *business.PersonID   `json:"owner_id" doc:"null: nobody's"`
	OwnerName      string               `json:"owner_name"`
	TeamID         *business.TeamID     `json:"team_id" doc:"Of the owner"`
	TeamName       string               `json:"team_name"`
	ColorIndex     int                  `json:"color_index" doc:"The owner's colour"`
	Position       *orb.Point           `json:"position" doc:"WGS-84; null: not on the map yet"`
	PositionSource string               `json:"position_source" doc:"map, device, import, check_in, seed, api; empty without a position"`
	PositionDatum  datum.Datum          `json:"position_datum" doc:"The datum that the position came in"`
	AccuracyM      *float64             `json:"position_accuracy_m"`
	District       string               `json:"district"`
	Address        string               `json:"address"`
	Phone          string               `json:"phone"`
	Licence        string               `json:"licence"`
	OpeningHours   []crm.Hours          `json:"opening_hours"`
	VisitEveryDays int                  `json:"visit_every_days" doc:"0: no visits are planned"`
	ServiceMinutes int                  `json:"service_minutes"`
	AssignedAt     *time.Time           `json:"assigned_at"`
	LastVisitAt    *time.Time           `json:"last_visit_at"`
	LastVisitDay   *string              `json:"last_visit_day" format:"date"`
	VisitCount     int64                `json:"visit_count"`
	LastOrderAt    *time.Time           `json:"last_order_at"`
	LastSaleAt     *time.Time           `json:"last_sale_at"`
	Receivable     int64                `json:"open_receivable_cents" doc:"Owed; negative: prepaid"`
	Deals          int64                `json:"deal_total_cents" doc:"Of the orders that stand"`
	Received       int64                `json:"received_total_cents"`
	Remaining      int64                `json:"remaining_cents" doc:"Deals less receipts; negative: credit"`
	DueOn          *string              `json:"due_on" format:"date" doc:"The day of the next visit"`
	OverdueDays    int                  `json:"overdue_days"`
	Tags           []string             `json:"tags"`
	Origin         crm.Origin           `json:"origin" enum:"own,shared,team,pool" doc:"Why the caller sees it: own, shared with the caller, of the caller's people, nobody's"`
	SharedWith     Sharing              `json:"shared_with"`
	Contact        string               `json:"contact" doc:"Name of the main contact"`
	Contacts       []crm.Contact        `json:"contacts" doc:"The main one first"`
	Sites          []crm.Site           `json:"sites" doc:"Besides the address"`
	Building       string               `json:"building" doc:"Building, floor, door"`
	Stage          crm.Stage            `json:"stage" enum:"new,contacted,interested,negotiating,won,given_up"`
	Channel        string               `json:"channel" doc:"How the customer came to us"`
	DemoFields     []string             `json:"demo_fields" doc:"Fields whose values are made up"`
	DistanceM      *int                 `json:"distance_m,omitempty" doc:"From near, as the crow flies"`
	Archived       bool                 `json:"archived"`
	MergedInto     *business.CustomerID `json:"merged_into" doc:"The customer that it turned out to be"`
	PhotoURL       string               `json:"photo_url" doc:"Of the shop-front, its logo; empty: none"`
	CreatedAt      time.Time            `json:"created_at"`
	UpdatedAt      time.Time            `json:"updated_at"`
	Version        int64                `json:"version"`
}

// Sharing is who else may follow a customer.
type Sharing struct {
	People []business.PersonID `json:"people" maxItems:"200"`
	Teams  []business.TeamID   `json:"teams" maxItems:"200" doc:"Everybody who stands in them"`
}

func sharingView(with []int64) Sharing {
	out := Sharing{[]business.PersonID{}, []business.TeamID{}}
	for _, id := range with {
		if id < 0 {
			out.Teams = append(out.Teams, business.TeamID(-id))
		} else {
			out.People = append(out.People, business.PersonID(id))
		}
	}
	return out
}

func (s Sharing) readers() []int64 {
	out := []int64{}
	for _, p := range s.People {
		out = append(out, int64(p))
	}
	for _, t := range s.Teams {
		out = append(out, -int64(t))
	}
	return out
}

func (m mount) view(ctx context.Context, c crm.Customer, near *orb.Point) Customer {
	v := Customer{
		ID: c.ID, Number: c.Number, Name: c.Name, Kind: c.Kind, Level: c.Level, Status: c.Status,
		OwnerID: orNull(c.Owner), OwnerName: c.OwnerName, TeamID: orNull(c.Team), TeamName: c.TeamName,
		ColorIndex: c.OwnerColor, Position: c.Position, PositionSource: string(c.Source),
		PositionDatum: c.Datum, AccuracyM: c.AccuracyM, District: c.District, Address: c.Address,
		Phone: c.Phone, Licence: c.Licence, OpeningHours: list(c.Hours),
		VisitEveryDays: c.VisitEveryDays, ServiceMinutes: c.ServiceMinutes, AssignedAt: c.AssignedAt,
		LastVisitAt: c.LastVisitAt, LastVisitDay: day(c.LastVisitDay), VisitCount: c.VisitCount,
		LastOrderAt: c.LastOrderAt, LastSaleAt: c.LastSaleAt, Receivable: c.Receivable,
		Deals: c.Deals, Received: c.Received, Remaining: c.Deals - c.Received,
		DueOn: day(c.DueOn), OverdueDays: c.Overdue(m.s.Today()), Tags: list(c.Tags),
		DemoFields: list(c.DemoFields), Archived: c.ArchivedAt != nil, CreatedAt: c.CreatedAt,
		UpdatedAt: c.UpdatedAt, Version: c.Version, MergedInto: orNull(c.MergedInto),
		PhotoURL:   photoAddress(c.ID, c.Photo),
		Origin:     c.OriginFor(api.Actor(ctx).Person, api.Scope(ctx)),
		SharedWith: sharingView(c.SharedWith), Contact: c.MainContact(), Contacts: list(c.Contacts),
		Sites: list(c.Sites), Building: c.Building, Stage: c.Stage, Channel: c.Channel,
	}
	if near != nil && c.Position != nil {
		d := int(geodesic.Distance(*near, *c.Position) + 0.5)
		v.DistanceM = &d
	}
	return v
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func day(d business.Date) *string {
	if d.IsZero() {
		return nil
	}
	s := d.String()
	return &s
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// subtitle tells a customer from others of the same name (number, address, phone).
func subtitle(c crm.Customer) string {
	var parts []string
	for _, s := range []string{c.Number, c.Address, c.District, c.Phone} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// Facet is one value and how many customers have it.
type Facet struct {
	Value string `json:"value" doc:"Of an owner: the person's id, 0 for nobody"`
	Name  string `json:"name,omitempty" doc:"Of an owner"`
	Count int64  `json:"count"`
}

// Facets are the counts by field, each from the most frequent value down.
type Facets struct {
	Kind   []Facet `json:"kind"`
	Level  []Facet `json:"level"`
	Status []Facet `json:"status"`
	Owner  []Facet `json:"owner"`
	Stage  []Facet `json:"stage"`
}

func facets(counts []crm.Facet) Facets {
	f := Facets{[]Facet{}, []Facet{}, []Facet{}, []Facet{}, []Facet{}}
	for _, c := range counts {
		v := Facet{c.Value, c.Name, c.Count}
		switch c.Facet {
		case "kind":
			f.Kind = append(f.Kind, v)
		case "level":
			f.Level = append(f.Level, v)
		case "status":
			f.Status = append(f.Status, v)
		case "owner":
			f.Owner = append(f.Owner, v)
		case "stage":
			f.Stage = append(f.Stage, v)
		}
	}
	return f
}

// Change is one command on a customer.
type Change struct {
	Command string        `json:"command" example:"updated"`
	At      time.Time     `json:"at"`
	ByID    int64         `json:"by_id" doc:"0: the system"`
	ByName  string        `json:"by_name"`
	Version int64         `json:"version" doc:"Of the customer after it"`
	Fields  []FieldChange `json:"fields"`
}

// FieldChange is a field before and after.
type FieldChange struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

func changeViews(changes []crm.Change) []Change {
	out := make([]Change, len(changes))
	for i, c := range changes {
		out[i] = Change{c.Command, c.At, int64(c.By), c.ByName, c.Version, fieldViews(c.Fields)}
	}
	return out
}

func fieldViews(fields []crm.FieldChange) []FieldChange {
	out := make([]FieldChange, len(fields))
	for i, f := range fields {
		out[i] = FieldChange(f)
	}
	return out
}

// Proposal is where a check-in found the customer.
type Proposal struct {
	Position  orb.Point `json:"position"`
	AccuracyM float64   `json:"accuracy_m"`
	VisitID   int64     `json:"visit_id"`
	ByID      int64     `json:"by_id"`
	At        time.Time `json:"at"`
}

type createIn struct{ Body NewCustomer }

// NewCustomer is the body of a creation.
type NewCustomer struct {
	Number         string             `json:"number,omitempty" maxLength:"40" doc:"One's own number; empty: the next one"`
	Name           string             `json:"name" minLength:"1" maxLength:"200" example:"Dover Bakery"`
	Kind           string             `json:"kind" maxLength:"80" example:"shop/bakery"`
	Level          crm.Level          `json:"level,omitempty" enum:"A,B,C" default:"C"`
	Status         crm.Status         `json:"status,omitempty" enum:"prospect,active,dormant,lost" default:"prospect"`
	OwnerID        *business.PersonID `json:"owner_id,omitempty" doc:"Absent: the caller, when a salesperson; else nobody"`
	Position       *orb.Point         `json:"position,omitempty"`
	PositionDatum  datum.Datum        `json:"position_datum,omitempty" enum:"wgs84,gcj02,bd09" default:"wgs84"`
	PositionSource crm.Source         `json:"position_source,omitempty" enum:"map,device,api,check_in" default:"map"`
	AccuracyM      *float64           `json:"position_accuracy_m,omitempty" minimum:"0" maximum:"100000"`
	District       string             `json:"district,omitempty" maxLength:"300"`
	Address        string             `json:"address,omitempty" maxLength:"300"`
	Phone          string             `json:"phone,omitempty" maxLength:"60"`
	Licence        string             `json:"licence,omitempty" maxLength:"300"`
	OpeningHours   []crm.Hours        `json:"opening_hours,omitempty" maxItems:"14"`
	VisitEveryDays int                `json:"visit_every_days,omitempty" minimum:"0" maximum:"366"`
	ServiceMinutes int                `json:"service_minutes,omitempty" minimum:"0" maximum:"480"`
	Tags           []string           `json:"tags,omitempty" maxItems:"30"`
	SharedWith     *Sharing           `json:"shared_with,omitempty" doc:"Who else may follow it from the start"`
	Contacts       []crm.Contact      `json:"contacts,omitempty" maxItems:"50" doc:"The main one first"`
	Sites          []crm.Site         `json:"sites,omitempty" maxItems:"50" doc:"Besides the address"`
	Building       string             `json:"building,omitempty" maxLength:"300" doc:"Building, floor, door"`
	Stage          crm.Stage          `json:"stage,omitempty" enum:"new,contacted,interested,negotiating,won,given_up" default:"new"`
	Channel        string             `json:"channel,omitempty" maxLength:"50" doc:"How the customer came to us"`
}

func (n NewCustomer) command() crm.NewCustomer {
	c := crm.NewCustomer{
		Number: n.Number, Name: n.Name, Kind: n.Kind, Level: n.Level, Status: n.Status,
		District: n.District, Address: n.Address, Phone: n.Phone, Licence: n.Licence,
		Hours: n.OpeningHours, VisitEveryDays: n.VisitEveryDays, ServiceMinutes: n.ServiceMinutes,
		Tags: n.Tags, Contacts: n.Contacts, Sites: n.Sites, Building: n.Building, Stage: n.Stage,
		Channel: n.Channel, Entered: true,
	}
	if n.SharedWith != nil {
		c.SharedWith = n.SharedWith.readers()
	}
	if n.OwnerID != nil {
		c.Owner = *n.OwnerID
	}
	if n.Position != nil {
		c.Pin = &crm.Pin{Point: *n.Position, Datum: n.PositionDatum, Source: n.PositionSource,
			AccuracyM: n.AccuracyM}
	}
	return c
}

type changeIn struct {
	CustomerPath
	api.IfMatch
	Body CustomerChange
}

// CustomerChange is the body of a change; absent fields stay as they are.
type CustomerChange struct {
	Name           *string                         `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Kind           *string                         `json:"kind,omitempty" maxLength:"80"`
	Level          *crm.Level                      `json:"level,omitempty" enum:"A,B,C"`
	Status         *crm.Status                     `json:"status,omitempty" enum:"prospect,active,dormant,lost"`
	OwnerID        api.Optional[business.PersonID] `json:"owner_id,omitempty" doc:"null: nobody"`
	Position       api.Optional[orb.Point]         `json:"position,omitempty" doc:"null: take it off the map"`
	PositionDatum  datum.Datum                     `json:"position_datum,omitempty" enum:"wgs84,gcj02,bd09" default:"wgs84"`
	PositionSource crm.Source                      `json:"position_source,omitempty" enum:"map,device,api,check_in" default:"map"`
	AccuracyM      *float64                        `json:"position_accuracy_m,omitempty" minimum:"0" maximum:"100000"`
	District       *string                         `json:"district,omitempty" maxLength:"300"`
	Address        *string                         `json:"address,omitempty" maxLength:"300"`
	Phone          *string                         `json:"phone,omitempty" maxLength:"60"`
	Licence        *string                         `json:"licence,omitempty" maxLength:"300"`
	OpeningHours   *[]crm.Hours                    `json:"opening_hours,omitempty" maxItems:"14"`
	VisitEveryDays *int                            `json:"visit_every_days,omitempty" minimum:"0" maximum:"366"`
	ServiceMinutes *int                            `json:"service_minutes,omitempty" minimum:"1" maximum:"480"`
	Tags           *[]string                       `json:"tags,omitempty" maxItems:"30"`
	SharedWith     *Sharing                        `json:"shared_with,omitempty" doc:"The whole range; empty: nobody"`
	Contacts       *[]crm.Contact                  `json:"contacts,omitempty" maxItems:"50" doc:"The main one first"`
	Sites          *[]crm.Site                     `json:"sites,omitempty" maxItems:"50"`
	Building       *string                         `json:"building,omitempty" maxLength:"300"`
	Stage          *crm.Stage                      `json:"stage,omitempty" enum:"new,contacted,interested,negotiating,won,given_up"`
	Channel        *string                         `json:"channel,omitempty" maxLength:"50"`
}

func (c CustomerChange) patch() crm.Patch {
	p := crm.Patch{
		Name: c.Name, Kind: c.Kind, Level: c.Level, Status: c.Status, District: c.District,
		Address: c.Address, Phone: c.Phone, Licence: c.Licence, Hours: c.OpeningHours,
		VisitEveryDays: c.VisitEveryDays, ServiceMinutes: c.ServiceMinutes, Tags: c.Tags,
		NoPin:    c.Position.Set && c.Position.Null,
		Contacts: c.Contacts, Sites: c.Sites, Building: c.Building, Stage: c.Stage, Channel: c.Channel,
	}
	if c.SharedWith != nil {
		with := c.SharedWith.readers()
		p.SharedWith = &with
	}
	if c.OwnerID.Set {
		p.Owner = &c.OwnerID.Value
	}
	if at := c.Position.Pointer(); at != nil {
		p.Pin = &crm.Pin{Point: *at, Datum: c.PositionDatum, Source: c.PositionSource,
			AccuracyM: c.AccuracyM}
	}
	return p
}
