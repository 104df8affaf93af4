package marketapi

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"beatplan/territory/market"
)

// Cell is a hexagon with its figures.
type Cell struct {
	Cell      string      `json:"cell" example:"882aa8ccb5fffff" doc:"H3, in hexadecimal"`
	Middle    orb.Point   `json:"middle" doc:"Longitude, latitude"`
	Outline   []orb.Point `json:"outline" doc:"Corners, not closed"`
	Potential float64     `json:"potential" doc:"Points, its neighbours counted in"`
	Coverage  float64     `json:"coverage" doc:"Active customers for each point"`
	Gap       float64     `json:"gap" doc:"Points that nobody covers"`
	White     bool        `json:"white"`
	Customers int64       `json:"customers" doc:"Active, in the cell itself, that the caller sees"`
	Wallet    *float64    `json:"wallet" doc:"Part of what the cell could buy that we sell; null: not known"`
	Owner     int64       `json:"owner_id" doc:"Whose ground it is; 0: nobody's"`
}

// Sums are the totals of cells.
type Sums struct {
	Cells     int     `json:"cells"`
	White     int     `json:"white"`
	Potential float64 `json:"potential"`
	Gap       float64 `json:"gap"`
}

// Cells is the answer to a question for cells.
type Cells struct {
	Resolution int     `json:"resolution"`
	Threshold  float64 `json:"threshold"`
	Totals     Sums    `json:"totals" doc:"Of all cells under the question, also those beyond the limit"`
	Cells      []Cell  `json:"cells"`
}

func cellView(k *market.Cell) (Cell, error) {
	out := Cell{Cell: k.Cell.String(), Potential: rounded(k.Potential), Coverage: rounded(k.Coverage()),
		Gap: rounded(k.Gap), White: k.White, Customers: k.Seen, Owner: k.Owner}
	if k.Wallet >= 0 {
		out.Wallet = &k.Wallet
	}
	middle, err := k.Cell.Center()
	if err != nil {
		return out, err
	}
	shape, err := k.Cell.Boundary()
	if err != nil {
		return out, err
	}
	out.Middle = near(middle)
	for _, p := range shape[0][:len(shape[0])-1] {
		out.Outline = append(out.Outline, near(p))
	}
	return out, nil
}

// near keeps five digits, a metre.
func near(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1e5) / 1e5, math.Round(p[1]*1e5) / 1e5}
}

func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }

func sumsView(t market.Totals) Sums {
	return Sums{t.Cells, t.White, rounded(t.Potential), rounded(t.Gap)}
}

func cellsView(c *market.Cells) (Cells, error) {
	out := Cells{Resolution: c.Resolution, Threshold: c.Threshold, Totals: sumsView(c.Totals),
		Cells: make([]Cell, len(c.List))}
	for i := range c.List {
		var err error
		if out.Cells[i], err = cellView(&c.List[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Detail is a cell and what stands in it.
type Detail struct {
	Cell
	Drawn   float64      `json:"drawn" doc:"Part of the demand in its middle that goes to shops of ours (Huff)"`
	Sources []Source     `json:"sources" doc:"What adds to its potential, the most first"`
	Clients []CellClient `json:"clients" doc:"Customers in it that the caller sees, 200 at most"`
}

// Source is what adds to a cell's potential.
type Source struct {
	Kind   string  `json:"kind" doc:"Of shops; customers, population or potential for what is not on the map"`
	Count  int     `json:"count"`
	Points float64 `json:"points"`
}

// CellClient is a customer in a cell.
type CellClient struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Owner  int64  `json:"owner_id"`
}

func detailView(d *market.Detail) (Detail, error) {
	cell, err := cellView(&d.Cell)
	out := Detail{Cell: cell, Drawn: rounded(d.Drawn), Sources: []Source{}, Clients: []CellClient{}}
	for _, s := range d.Sources {
		out.Sources = append(out.Sources, Source{s.Kind, s.Count, rounded(s.Points)})
	}
	for _, c := range d.Customers {
		out.Clients = append(out.Clients, CellClient{c.ID, c.Name, c.Active, c.Owner})
	}
	return out, err
}

// PersonSpace is what is left to sell in a person's ground.
type PersonSpace struct {
	Person int64 `json:"person_id" doc:"0: nobody's ground"`
	Sums
	Customers int   `json:"customers" doc:"Active ones of the person"`
	Prospects int   `json:"prospects" doc:"Open"`
	Before    *Sums `json:"before" doc:"In the span of the same length before; null without a span"`
}

func personView(p *market.PersonSpace) PersonSpace {
	out := PersonSpace{Person: p.Person, Sums: sumsView(p.Totals), Customers: p.Customers,
		Prospects: p.Prospects}
	if p.Before != nil {
		before := sumsView(*p.Before)
		out.Before = &before
	}
	return out
}

// KindCount is how many prospects there are of a kind.
type KindCount struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Prospect is a shop on the map that is no customer yet.
type Prospect struct {
	ID       string       `json:"id" example:"node-2712345" doc:"Of the object on the map"`
	Name     string       `json:"name"`
	English  string       `json:"english"`
	Chinese  string       `json:"chinese"`
	Kind     string       `json:"kind" example:"shop/supermarket"`
	Address  string       `json:"address"`
	Phone    string       `json:"phone"`
	Website  string       `json:"website"`
	Hours    string       `json:"hours" doc:"In the words of opening_hours"`
	Position orb.Point    `json:"position"`
	Owner    int64        `json:"owner_id" doc:"Whose ground it lies in; 0: nobody's"`
	Cell     string       `json:"cell" doc:"Of resolution 8"`
	Points   float64      `json:"points"`
	Score    float64      `json:"score" doc:"Points, doubled where nobody buys around"`
	Off      *float64     `json:"off_m" doc:"Metres from the place or the way that was asked for; else null"`
	State    market.State `json:"state" enum:"open,dismissed,taken"`
	Customer *int64       `json:"customer_id" doc:"That was made of it"`
	Reason   string       `json:"reason" doc:"Why it was dismissed"`
	Decided  *time.Time   `json:"decided_at"`
}

func prospectView(p *market.Prospect) Prospect {
	out := Prospect{
		ID: p.ID, Name: p.Name, English: p.English, Chinese: p.Chinese, Kind: p.Kind,
		Address: p.Address, Phone: p.Phone, Website: p.Website, Hours: p.Hours, Position: p.Point,
		Owner: p.Owner, Cell: p.Cell.String(), Points: p.Points, Score: rounded(p.Score),
		State: p.State(), Reason: p.Decision.Reason,
	}
	if p.Off >= 0 {
		off := math.Round(float64(p.Off))
		out.Off = &off
	}
	if d := p.Decision; d.State != "" {
		out.Decided = &d.At
		if d.Customer != 0 {
			out.Customer = &d.Customer
		}
	}
	return out
}

// LeadOutcome is what became of a prospect.
type LeadOutcome struct {
	ID       string `json:"id"`
	Customer *int64 `json:"customer_id" doc:"null: refused"`
	Made     bool   `json:"made" doc:"Just now; else it was one already"`
	Code     string `json:"code" doc:"Why it was refused"`
	Message  string `json:"message"`
}

func outcomeViews(list []market.Outcome) []LeadOutcome {
	out := make([]LeadOutcome, len(list))
	for i, o := range list {
		out[i] = LeadOutcome{ID: o.ID, Made: o.Made, Code: o.Code, Message: o.Message}
		if o.Customer != 0 {
			out[i].Customer = &o.Customer
		}
	}
	return out
}

// Layer is a file of people or potential.
type Layer struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"population,potential"`
	Rows      int       `json:"rows"`
	Cells     int       `json:"cells"`
	Sum       float64   `json:"sum"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy int64     `json:"created_by"`
}

func layerView(l market.Summary) Layer {
	return Layer{ID: l.ID, Name: l.Name, Kind: l.Kind, Rows: l.Rows, Cells: l.Cells, Sum: l.Sum,
		CreatedAt: l.CreatedAt, CreatedBy: l.CreatedBy}
}
