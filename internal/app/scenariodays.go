package app

import (
	"context"
	"encoding/json"
	"time"

	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/internal/db"
	"beatplan/territory"
)

// scenarioPublish is the kind of request that puts a scenario's day to those above.
const scenarioPublish = "territory.publish"

// scenarioDay is its payload.
type scenarioDay struct {
	Scenario int64  `json:"scenario"`
	On       string `json:"on"`
}

// scenarioDays asks those above for the day of a scenario.
type scenarioDays struct{ approvals *approvals.Service }

// Ask puts the request.
func (s scenarioDays) Ask(
	ctx context.Context, tx db.Tx, c territory.Caller, scenario int64, on time.Time,
) error {
	payload, err := json.Marshal(scenarioDay{scenario, on.Format(time.DateOnly)})
	if err != nil {
		return err
	}
	by := approvals.By{Actor: business.Actor{Person: business.PersonID(c.Person)}, Scope: c.Scope}
	_, err = s.approvals.Submit(ctx, tx, by, approvals.New{Kind: scenarioPublish, Payload: payload})
	return err
}

// registerScenarios tells approvals what a scenario's day is.
func (a *App) registerScenarios() {
	read := func(raw json.RawMessage) (day scenarioDay, err error) {
		return day, json.Unmarshal(raw, &day)
	}
	a.Approvals.Register(approvals.Kind{
		Code: scenarioPublish, Permission: business.TerritoriesWrite, DeskOnly: true,
		Prepare: func(ctx context.Context, tx db.Tx, by approvals.By, n *approvals.New) error {
			day, err := read(n.Payload)
			if err != nil {
				return approvals.ErrInvalid.Because(err)
			}
			c := territory.Caller{Person: int64(by.Actor.Person), Scope: by.Scope}
			n.Title, err = territory.Named(ctx, tx, c, day.Scenario)
			n.Object, n.Subjects = "territory_scenario", []int64{day.Scenario}
			n.Changes = []approvals.FieldChange{{Field: "publish_on", After: day.On}}
			return err
		},
		Apply: func(
			ctx context.Context, tx db.Tx, r approvals.Request, approver business.Actor,
		) (int64, error) {
			return 0, a.Territories.Schedule(ctx, tx, r.Subjects[0], int64(approver.Person))
		},
		Ended: func(ctx context.Context, tx db.Tx, r approvals.Request) error {
			return a.Territories.Declined(ctx, tx, r.Subjects[0])
		},
	})
}
