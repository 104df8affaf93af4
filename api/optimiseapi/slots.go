package optimiseapi

import (
	"context"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/internal/fail"
)

// mountSlots registers the places for one more visit.
func mountSlots(a *api.API, s Surface, problems []*fail.Error) {
	api.Post(a, "/v1/optimise/slots", api.Op{
		ID: "optimise-slots", Summary: "Find the best places for one more visit", Tags: []string{"Optimiser"},
		Perm: business.RoutesRead, MaxBody: maxBody, Problems: problems,
		Description: "Tries the visit at every place of everybody's day, as planned in previous, and answers " +
			"the best with their added cost. Nothing else moves. Where it fits nowhere, reasons say why.",
	}, s.slots)
}

// Question is a plan and a visit that it lacks.
type Question struct {
	Problem
	VisitID int64 `json:"visit_id" doc:"One of visits, in nobody's plan or locked visits, in no pair and no pattern"`
	Most    int   `json:"most,omitempty" minimum:"0" maximum:"20" doc:"Places to answer; 3 when absent"`
}

// Slots are the places for a visit.
type Slots struct {
	Slots   []Slot   `json:"slots" doc:"Cheapest first"`
	Reasons []string `json:"reasons" doc:"What keeps the visit out when there is no slot: each alone, or all together when none does alone"`
}

// Slot is a place in somebody's day.
type Slot struct {
	PersonID  int64     `json:"person_id"`
	Position  int       `json:"position" doc:"Of the day's stops, from 0"`
	Begin     time.Time `json:"begin"`
	Depart    time.Time `json:"depart"`
	Added     int       `json:"added" doc:"To the cost of the plan, in its units"`
	DriveS    int       `json:"drive_s" doc:"Seconds of driving more than before"`
	DistanceM int       `json:"distance_m" doc:"Metres more than before"`
}

type slotsIn struct{ Body Question }

type slotsOut struct{ Body Slots }

// fewest is how many places are answered when no number is asked for.
const fewest = 3

func (s Surface) slots(ctx context.Context, in *slotsIn) (*slotsOut, error) {
	f, err := in.Body.fleet()
	if err != nil {
		return nil, err
	}
	most := in.Body.Most
	if most == 0 {
		most = fewest
	}
	found, err := s.Planner.Slots(ctx, f, in.Body.VisitID, most)
	if err != nil {
		return nil, err
	}
	out := Slots{Slots: []Slot{}, Reasons: append([]string{}, found.Reasons...)}
	for _, x := range found.Slots {
		out.Slots = append(out.Slots, Slot{PersonID: x.Person, Position: x.Position, Begin: x.Begin,
			Depart: x.Depart, Added: x.Added, DriveS: whole(x.Drive), DistanceM: rounded(x.Distance)})
	}
	return &slotsOut{out}, nil
}
