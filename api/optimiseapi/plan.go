package optimiseapi

import (
	"time"

	"beatplan/geo"
	"beatplan/routing"
)

func span(s int) time.Duration    { return time.Duration(s) * time.Second }
func meters(m float64) geo.Meters { return geo.Meters(m) }
func whole(d time.Duration) int   { return int(d / time.Second) }
func rounded(m geo.Meters) int    { return int(m + 0.5) }

// Plan is who visits whom, when.
type Plan struct {
	Days     []Day      `json:"days" doc:"One a person, in the order given"`
	Unserved []Unserved `json:"unserved"`
	Cost     Cost       `json:"cost"`
	Bound    int        `json:"bound" doc:"No plan that makes every required visit costs less"`
	Rounds   int        `json:"rounds" doc:"Of the search"`
	Stopped  bool       `json:"stopped" doc:"Cancelled before its time: the best plan so far"`
}

// Cost is the objective by its terms: four a second of driving, one a second of
// waiting, prizes and balance in the same unit.
type Cost struct {
	Fixed   int `json:"fixed" doc:"Of people who have any visit"`
	Drive   int `json:"drive"`
	Wait    int `json:"wait"`
	Prizes  int `json:"prizes" doc:"Of optional visits left out"`
	Balance int `json:"balance"`
	Changes int `json:"changes" doc:"Of visits that changed hands"`
	Soft    int `json:"soft" doc:"Of preferred times missed"`
	Compact int `json:"compact" doc:"Of ways that cross and areas that overlap"`
	Total   int `json:"total"`
}

// Day is a person's day.
type Day struct {
	PersonID  int64     `json:"person_id"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	DriveS    int       `json:"drive_s"`
	ServiceS  int       `json:"service_s"`
	WaitS     int       `json:"wait_s"`
	DistanceM int       `json:"distance_m"`
	Return    Leg       `json:"return"`
	Stops     []Stop    `json:"stops"`
}

// Leg is the way to a stop.
type Leg struct {
	DurationS int `json:"duration_s"`
	DistanceM int `json:"distance_m"`
}

// Stop is a visit with its times.
type Stop struct {
	VisitID int64     `json:"visit_id"`
	Arrive  time.Time `json:"arrive"`
	Begin   time.Time `json:"begin"`
	Depart  time.Time `json:"depart"`
	WaitS   int       `json:"wait_s"`
	Leg     Leg       `json:"leg"`
}

// Unserved is a visit in nobody's day.
type Unserved struct {
	VisitID int64    `json:"visit_id"`
	Reasons []string `json:"reasons" doc:"Each alone keeps it out, or all together when none does alone"`
}

// view shows a plan.
func view(f routing.FleetProblem, p routing.FleetPlan) Plan {
	out := Plan{Days: []Day{}, Unserved: []Unserved{}, Rounds: p.Rounds, Bound: p.Bound,
		Stopped: p.Stopped, Cost: Cost{
			Fixed: p.Cost.Fixed, Drive: p.Cost.Drive, Wait: p.Cost.Wait,
			Prizes: p.Cost.Prizes, Balance: p.Cost.Balance,
			Changes: p.Cost.Changes, Soft: p.Cost.Soft, Compact: p.Cost.Compact,
			Total: p.Cost.Total()}}
	for v, d := range p.Days {
		day := Day{PersonID: f.People[v].ID, Start: d.Start, End: d.End, DriveS: whole(d.Drive),
			ServiceS: whole(d.Service), WaitS: whole(d.Wait), DistanceM: rounded(d.Distance),
			Return: leg(d.Return), Stops: []Stop{}}
		for _, s := range d.Stops {
			day.Stops = append(day.Stops, Stop{VisitID: s.ID, Arrive: s.Arrive, Begin: s.Begin,
				Depart: s.Depart, WaitS: whole(s.Wait), Leg: leg(s.Leg)})
		}
		out.Days = append(out.Days, day)
	}
	for _, u := range p.Unserved {
		out.Unserved = append(out.Unserved, Unserved{u.ID, u.Reasons})
	}
	return out
}

func leg(l routing.LegTotals) Leg { return Leg{whole(l.Duration), rounded(l.Distance)} }
