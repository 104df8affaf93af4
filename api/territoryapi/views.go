package territoryapi

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/geo/hex"
	"beatplan/territory"
)

// Settings are what a scenario is made and optimised by; what is absent stays.
type Settings struct {
	Name       *string   `json:"name,omitempty" maxLength:"200"`
	Tolerance  *float64  `json:"tolerance,omitempty" minimum:"0.001" maximum:"1" doc:"How far a load may be off its target; 0.05 is 5 %"`
	Budget     *float64  `json:"budget,omitempty" minimum:"0" maximum:"1" doc:"Part of the customers that may change hands; 0: all"`
	Activities []string  `json:"activities,omitempty" maxItems:"3" doc:"workload, potential, revenue, count: what is balanced"`
	ByRoad     *bool     `json:"by_road,omitempty" doc:"Travel by road, else by air"`
	Barriers   *bool     `json:"barriers,omitempty" doc:"Rivers, canals and motorways part the ground"`
	BaseLevel  *int      `json:"base_level,omitempty" minimum:"0" maximum:"9" doc:"Administrative areas of this level stay whole; 0: none do"`
	Spare      *bool     `json:"spare,omitempty" doc:"The tolerance gives way where evenness costs more driving than everybody to the nearest; up to 2,000 customers by road"`
	FromHome   *bool     `json:"from_home,omitempty" doc:"Travel counts from people's homes, not from the middles"`
	SplitPrice *float64  `json:"split_price,omitempty" minimum:"0" maximum:"100" doc:"Of splitting areas of base_level, for each customer, in average travel; 0: they stay whole"`
	Apart      [][]int64 `json:"apart,omitempty" maxItems:"500" doc:"Pairs of customers who must not be one person's; an empty list: none"`
	Members    []Member  `json:"members,omitempty" maxItems:"2000" doc:"All active salespeople when absent at creation"`
}

// Member is a person of a scenario.
type Member struct {
	Person int64   `json:"person_id" minimum:"1"`
	Share  float64 `json:"share" doc:"Of the work: 1 full time, 0.5 half"`
	Most   int     `json:"most" minimum:"0" doc:"Customers at most; 0: no limit"`
}

func (s Settings) settings() territory.Settings {
	out := territory.Settings{Name: s.Name, Tolerance: s.Tolerance, Budget: s.Budget,
		Activities: s.Activities, ByRoad: s.ByRoad, Barriers: s.Barriers, BaseLevel: s.BaseLevel,
		Spare: s.Spare, FromHome: s.FromHome, SplitPrice: s.SplitPrice}
	if s.Apart != nil {
		out.Apart = [][2]int64{}
	}
	for _, p := range s.Apart {
		pair := [2]int64{} // of another length: refused
		if len(p) == len(pair) {
			copy(pair[:], p)
		}
		out.Apart = append(out.Apart, pair)
	}
	for _, m := range s.Members {
		out.Members = append(out.Members, territory.Member(m))
	}
	return out
}

// Choice says which customers are meant; several conditions must all hold.
type Choice struct {
	Customers []int64       `json:"customers,omitempty" maxItems:"100000"`
	Within    [][][]float64 `json:"within,omitempty" doc:"Rings of a polygon, longitude first"`
	Cells     []string      `json:"cells,omitempty" maxItems:"5000" doc:"H3 cells of one resolution"`
	Of        int64         `json:"of,omitempty" minimum:"0" doc:"All of this person's"`
}

func (c Choice) choice() (territory.Choice, error) {
	out := territory.Choice{Customers: c.Customers, Of: c.Of}
	for _, ring := range c.Within {
		var r orb.Ring
		for _, p := range ring {
			if len(p) < 2 {
				return out, territory.ErrInvalid.WithField("within", "format", "Pairs of numbers.")
			}
			r = append(r, orb.Point{p[0], p[1]})
		}
		if len(r) < 3 {
			return out, territory.ErrInvalid.WithField("within", "length", "Three corners at least.")
		}
		if r[0] != r[len(r)-1] {
			r = append(r, r[0])
		}
		out.Within = append(out.Within, r)
	}
	for _, text := range c.Cells {
		cell, err := hex.Parse(text)
		if err != nil {
			return out, territory.ErrInvalid.WithField("cells", "format", "H3 cells in hexadecimal.")
		}
		out.Cells = append(out.Cells, cell)
	}
	return out, nil
}

func dayOf(text string) (time.Time, error) {
	on, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return on, api.ErrInvalid.WithField("body.on", "format", "A date like 2026-11-23.")
	}
	return on, nil
}

// Scenario is one plan of who covers what.
type Scenario struct {
	ID         int64           `json:"id"`
	Name       string          `json:"name"`
	State      territory.State `json:"state" enum:"draft,submitted,scheduled,live"`
	Version    int64           `json:"version"`
	Tolerance  float64         `json:"tolerance"`
	Budget     float64         `json:"budget"`
	Activities []string        `json:"activities"`
	ByRoad     bool            `json:"by_road"`
	CreatedAt  time.Time       `json:"created_at"`
	CreatedBy  int64           `json:"created_by"`
	PublishOn  *string         `json:"publish_on" format:"date"`
	LiveAt     *time.Time      `json:"live_at"`
	Proof      *Proof          `json:"proof" doc:"Of the last optimisation, until an edit; else null"`
	Barriers   bool            `json:"barriers"`
	BaseLevel  int             `json:"base_level"`
	AskedOn    *string         `json:"asked_on" format:"date" doc:"The day that waits for approval"`
	Spare      bool            `json:"spare"`
	FromHome   bool            `json:"from_home"`
	SplitPrice float64         `json:"split_price"`
	Apart      [][]int64       `json:"apart" doc:"Pairs of customers who must not be one person's"`
	Routed     *Routed         `json:"routed" doc:"A sample week on the roads, until an edit; else null"`
}

// Proof is what the optimiser says of its plan.
type Proof territory.Proof

// Routed is a sample week on the roads, of the plan and of today.
type Routed territory.Routed

func scenarioOf(d *territory.Scenario) Scenario {
	out := Scenario{ID: d.ID, Name: d.Name, State: d.State, Version: d.Version,
		Tolerance: d.Tolerance, Budget: d.Budget, Activities: d.Activities, ByRoad: d.ByRoad,
		CreatedAt: d.CreatedAt, CreatedBy: d.CreatedBy, LiveAt: d.LiveAt, Proof: (*Proof)(d.Proof),
		Barriers: d.Barriers, BaseLevel: d.BaseLevel, Routed: (*Routed)(d.Routed),
		Spare: d.Spare, FromHome: d.FromHome, SplitPrice: d.SplitPrice, Apart: [][]int64{}}
	for _, p := range d.Apart {
		out.Apart = append(out.Apart, p[:])
	}
	if d.AskedOn != nil {
		day := d.AskedOn.Format(time.DateOnly)
		out.AskedOn = &day
	}
	if d.PublishOn != nil {
		day := d.PublishOn.Format(time.DateOnly)
		out.PublishOn = &day
	}
	return out
}

// View is a scenario with its figures beside today's.
type View struct {
	Scenario
	Members []Member `json:"members"`
	Edits   []Edit   `json:"edits" doc:"The newest first"`
	Plan    Figures  `json:"plan"`
	Today   Figures  `json:"today" doc:"The same customers as they are covered today"`
}

// Edit is one step of the scenario's history.
type Edit struct {
	Seq       int       `json:"seq"`
	Kind      string    `json:"kind" enum:"move,lock,refuse,merge,split,people,optimise,import"`
	Customers int       `json:"customers"`
	At        time.Time `json:"at"`
	By        int64     `json:"by"`
	Undone    bool      `json:"undone"`
}

// Figures is how a plan does.
type Figures struct {
	People         []PersonFigures `json:"people"`
	Unassigned     int             `json:"unassigned"`
	Deviation      float64         `json:"deviation" doc:"The worst of all people and activities"`
	Balance        float64         `json:"balance_index" doc:"0 to 100"`
	CutEdges       int             `json:"cut_edges"`
	Inertia        float64         `json:"inertia_km2"`
	Moved          float64         `json:"moved" doc:"Part of the customers that change hands"`
	MovedPotential float64         `json:"moved_potential"`
	MovedRevenue   float64         `json:"moved_revenue"`
	Together       int             `json:"together" doc:"Pairs of one person that should be kept apart"`
	Split          int             `json:"split" doc:"Territories that are not in one piece"`
	Overlap        float64         `json:"overlap" doc:"Part of customers nearer to another's middle"`
	Crossed        float64         `json:"crossed" doc:"Part of customers within the hull of another's: routes overlap"`
	Areas          []AreaFigures   `json:"areas" doc:"Administrative areas that are split, by level"`
}

// AreaFigures says how many administrative areas of a level a plan splits.
type AreaFigures struct {
	Level int `json:"level" doc:"4 state, 6 county, 8 municipality …"`
	Areas int `json:"areas" doc:"With customers"`
	Split int `json:"split" doc:"Between several people"`
}

// PersonFigures is what one person has to do, and how it lies.
type PersonFigures struct {
	Person       int64   `json:"person_id"`
	Customers    int     `json:"customers"`
	Visits       float64 `json:"visits" doc:"In four weeks"`
	Hours        float64 `json:"hours" doc:"Of work in four weeks, travel estimated"`
	Potential    float64 `json:"potential"`
	Deviation    float64 `json:"deviation" doc:"From the target, signed"`
	Revenue      float64 `json:"revenue" doc:"Of all orders that stand, in the company's currency"`
	RevenueIn    float64 `json:"revenue_in"`
	RevenueOut   float64 `json:"revenue_out"`
	In           int     `json:"in"`
	Out          int     `json:"out"`
	PotentialIn  float64 `json:"potential_in"`
	PotentialOut float64 `json:"potential_out"`
	Locked       int     `json:"locked"`
	AreaKm2      float64 `json:"area_km2"`
	Compact      float64 `json:"polsby_popper"`
	Reock        float64 `json:"reock"`
	Pieces       int     `json:"pieces"`
}

func figuresOf(f *territory.Figures) Figures {
	out := Figures{People: []PersonFigures{}, Unassigned: f.Unassigned, Deviation: f.Deviation,
		Balance: f.Balance, CutEdges: f.CutEdges, Inertia: f.Inertia, Moved: f.Moved,
		MovedPotential: f.MovedPotential, MovedRevenue: f.MovedRevenue, Together: f.Together,
		Split: f.Split, Overlap: f.Overlap, Crossed: f.Crossed,
		Areas: []AreaFigures{}}
	for _, a := range f.Areas {
		out.Areas = append(out.Areas, AreaFigures(a))
	}
	for _, p := range f.People {
		out.People = append(out.People, PersonFigures(p))
	}
	return out
}

func viewOf(v *territory.View) View {
	out := View{Scenario: scenarioOf(&v.Scenario), Members: []Member{}, Edits: []Edit{},
		Plan: figuresOf(&v.Plan), Today: figuresOf(&v.Today)}
	for _, m := range v.Members {
		out.Members = append(out.Members, Member(m))
	}
	for _, e := range v.Edits {
		out.Edits = append(out.Edits, Edit(e))
	}
	return out
}
