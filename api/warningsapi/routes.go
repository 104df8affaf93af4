// Package warningsapi is the HTTP surface of business/warnings: what is due, who
// is overdue, and the settings of the six kinds.
package warningsapi

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/warnings"
	"beatplan/internal/fail"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *warnings.Service) {
	m := mount{s}
	tags := []string{"Warnings"}
	op := func(id, summary string, own ...*fail.Error) api.Op {
		return api.Op{
			ID: id, Summary: summary, Tags: tags, Perm: business.WarningsRead, Problems: own,
		}
	}
	due := op("list-due", "List the customers of a person whose visit is due on a day",
		warnings.ErrNoPerson)
	due.Description = "The longest overdue first; planned says whether somebody has the customer " +
		"on a plan of that day."
	api.Get(a, "/v1/due", due, m.due)
	api.Get(a, "/v1/warnings", op("count-warnings",
		"Count who is overdue, by kind; a customer overdue in two kinds counts in each",
		warnings.ErrNoPerson), m.counts)
	api.Get(a, "/v1/warnings/customers/{kind}", op("list-overdue-customers",
		"List overdue customers of one kind, the longest first", warnings.ErrNoKind,
		warnings.ErrNoPerson, api.ErrCursor), m.customers)
	api.Get(a, "/v1/warnings/people/{kind}", op("list-people-beside-mean",
		"List every salesperson beside the mean of all", warnings.ErrNoKind), m.people)
	api.Get(a, "/v1/warnings/cycles", op("list-abnormal-cycles",
		"List customers whose visits are off the planned cycle", warnings.ErrNoPerson), m.cycles)
	frequency := op("list-visit-frequency",
		"Compare the visits of a period with the cycles, by salesperson", warnings.ErrNoPerson)
	frequency.Description = "A cycle asks for one visit in each of its whole lengths since the " +
		"customer was assigned, or visited when that was earlier; days with several visits count " +
		"once. Customers of whom none is asked yet are left out; the others are met, short or " +
		"never visited."
	api.Get(a, "/v1/warnings/frequency", frequency, m.frequency)
	api.Get(a, "/v1/customers/{id}/warnings", op("list-customer-warnings",
		"List in what a customer is overdue", warnings.ErrNoCustomer), m.ofCustomer)
	api.Get(a, "/v1/warning-rules", op("list-warning-rules",
		"List the settings of the six kinds"), m.rules)
	api.Put(a, "/v1/warning-rules/{kind}", api.Op{
		ID: "set-warning-rule", Summary: "Change the setting of one kind", Tags: tags,
		Perm: business.SettingsWrite, Command: true,
		Problems: []*fail.Error{warnings.ErrNoKind, warnings.ErrRuleInvalid, warnings.ErrChanged,
			api.ErrIfMatch},
	}, m.setRule)
}

type mount struct{ s *warnings.Service }

func caller(ctx context.Context) warnings.Caller {
	return warnings.Caller{Actor: api.Actor(ctx), Scope: api.Scope(ctx)}
}

func dateOf(path, s string) (business.Date, error) {
	if s == "" {
		return business.Date{}, nil
	}
	d, err := business.ParseDate(s)
	if err != nil {
		return d, api.ErrInvalid.WithField(path, "format", "A date like 2026-11-23.")
	}
	return d, nil
}

// AnyKind is one of the six kinds.
type AnyKind string

// Schema says so in OpenAPI.
func (AnyKind) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, k := range warnings.Kinds() {
		s.Enum = append(s.Enum, string(k))
	}
	return s
}

// Due is a customer whose visit is due.
type Due struct {
	CustomerID   business.CustomerID `json:"customer_id"`
	Name         string              `json:"name"`
	Kind         string              `json:"kind"`
	Level        string              `json:"level"`
	Address      string              `json:"address"`
	Position     *orb.Point          `json:"position"`
	OverdueDays  int                 `json:"overdue_days" doc:"0: due on the day itself"`
	EveryDays    int                 `json:"every_days"`
	LastVisitAt  *time.Time          `json:"last_visit_at" doc:"null: never"`
	LastVisitDay *string             `json:"last_visit_day" format:"date"`
	DueOn        string              `json:"due_on" format:"date"`
	Planned      bool                `json:"planned"`
	Receivable   int64               `json:"open_receivable_cents"`
}

type (
	dueIn struct {
		Person business.PersonID `query:"person" minimum:"0" doc:"The caller when absent"`
		Date   string            `query:"date" format:"date" doc:"Today when absent"`
		Limit  int               `query:"limit" minimum:"1" maximum:"500" default:"200"`
	}
	dueOut struct{ Body api.Page[Due] }
)

func (m mount) due(ctx context.Context, in *dueIn) (*dueOut, error) {
	d, err := dateOf("query.date", in.Date)
	if err != nil {
		return nil, err
	}
	if d.IsZero() {
		d = m.s.Today()
	}
	c := caller(ctx)
	if in.Person == 0 {
		in.Person = c.Actor.Person
	}
	rows, err := m.s.DueRows(ctx, c, in.Person, d, in.Limit)
	if err != nil {
		return nil, err
	}
	items := make([]Due, len(rows))
	for i, r := range rows {
		items[i] = Due{
			CustomerID: r.ID, Name: r.Name, Kind: r.Kind, Level: r.Level, Address: r.Address,
			Position: r.Position, OverdueDays: r.Overdue, EveryDays: r.Threshold,
			LastVisitAt: r.LastAt, DueOn: r.DueOn.String(), Planned: r.Planned,
			Receivable: r.Receivable,
		}
		if r.LastAt != nil {
			day := r.DueOn.Add(-r.Threshold).String()
			items[i].LastVisitDay = &day
		}
	}
	return &dueOut{api.NewPage(items, "", -1)}, nil
}

// Count is how many of one kind are overdue.
type Count struct {
	Kind    AnyKind `json:"kind"`
	Enabled bool    `json:"enabled"`
	Count   int64   `json:"count"`
	More    bool    `json:"more,omitempty" doc:"There are more than count, 10,000"`
}

type (
	countsIn struct {
		Person business.PersonID `query:"person" minimum:"0"`
		AsOf   string            `query:"as_of" format:"date" doc:"Today when absent"`
	}
	countsOut struct{ Body []Count }
)

func (m mount) counts(ctx context.Context, in *countsIn) (*countsOut, error) {
	d, err := dateOf("query.as_of", in.AsOf)
	if err != nil {
		return nil, err
	}
	counts, err := m.s.Counts(ctx, caller(ctx), in.Person, d)
	if err != nil {
		return nil, err
	}
	out := &countsOut{Body: make([]Count, len(counts))}
	for i, c := range counts {
		out.Body[i] = Count{AnyKind(c.Kind), c.Enabled, c.Number, c.More}
	}
	return out, nil
}

// Overdue is one overdue customer.
type Overdue struct {
	CustomerID    business.CustomerID `json:"customer_id"`
	Name          string              `json:"name"`
	CustomerKind  string              `json:"customer_kind"`
	Level         string              `json:"level"`
	Address       string              `json:"address"`
	Phone         string              `json:"phone"`
	Position      *orb.Point          `json:"position"`
	OwnerID       *business.PersonID  `json:"owner_id" doc:"null: nobody's"`
	OwnerName     string              `json:"owner_name"`
	OverdueDays   int                 `json:"overdue_days"`
	ThresholdDays int                 `json:"threshold_days"`
	DueOn         string              `json:"due_on" format:"date"`
	LastEventAt   *time.Time          `json:"last_event_at" doc:"null: never"`
	Receivable    int64               `json:"open_receivable_cents"`
	Planned       bool                `json:"planned" doc:"On somebody's plan of that day"`
}

type (
	customersIn struct {
		api.PageQuery
		Kind   warnings.Kind     `path:"kind" enum:"customer_visit,customer_order,customer_sale"`
		Person business.PersonID `query:"person" minimum:"0" doc:"Owner; everybody's when absent"`
		AsOf   string            `query:"as_of" format:"date" doc:"Today when absent; the last events are those of now"`
	}
	customersOut struct{ Body api.Page[Overdue] }
)

func (m mount) customers(ctx context.Context, in *customersIn) (*customersOut, error) {
	q := warnings.Query{Kind: in.Kind, Person: in.Person, Limit: in.Limit}
	var err error
	if q.AsOf, err = dateOf("query.as_of", in.AsOf); err != nil {
		return nil, err
	}
	if err := api.DecodeAfter(in.After, &q.After); err != nil {
		return nil, err
	}
	c := caller(ctx)
	rows, next, err := m.s.List(ctx, c, q)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if in.After == "" {
		if total, err = m.s.Count(ctx, c, q); err != nil {
			return nil, err
		}
	}
	items := make([]Overdue, len(rows))
	for i, r := range rows {
		items[i] = Overdue{
			CustomerID: r.ID, Name: r.Name, CustomerKind: r.Kind, Level: r.Level,
			Address: r.Address, Phone: r.Phone, Position: r.Position, OwnerName: r.OwnerName,
			OverdueDays: r.Overdue, ThresholdDays: r.Threshold, DueOn: r.DueOn.String(),
			LastEventAt: r.LastAt, Receivable: r.Receivable, Planned: r.Planned,
		}
		if r.Owner != 0 {
			items[i].OwnerID = &r.Owner
		}
	}
	after := ""
	if next != nil {
		if after, err = api.EncodeAfter(next); err != nil {
			return nil, err
		}
	}
	return &customersOut{api.NewPage(items, after, total)}, nil
}

// Since is in what a customer is overdue.
type Since struct {
	Kind          AnyKind    `json:"kind"`
	OverdueDays   int        `json:"overdue_days"`
	ThresholdDays int        `json:"threshold_days"`
	DueOn         string     `json:"due_on" format:"date"`
	LastEventAt   *time.Time `json:"last_event_at" doc:"null: never"`
}

type (
	ofCustomerIn struct {
		ID business.CustomerID `path:"id" minimum:"1"`
	}
	ofCustomerOut struct{ Body []Since }
)

func (m mount) ofCustomer(ctx context.Context, in *ofCustomerIn) (*ofCustomerOut, error) {
	rows, err := m.s.OfCustomer(ctx, caller(ctx), in.ID, business.Date{})
	if err != nil {
		return nil, err
	}
	out := &ofCustomerOut{Body: make([]Since, len(rows))}
	for i, r := range rows {
		out.Body[i] = Since{
			Kind: AnyKind(r.Warning), OverdueDays: r.Overdue, ThresholdDays: r.Threshold,
			DueOn: r.DueOn.String(), LastEventAt: r.LastAt,
		}
	}
	return out, nil
}

// Beside is a value beside the mean over all.
type Beside struct {
	Value float64 `json:"value"`
	Mean  float64 `json:"mean"`
	Delta float64 `json:"delta" doc:"value − mean"`
}

// Person is one salesperson beside the mean.
type Person struct {
	PersonID    business.PersonID `json:"person_id"`
	Name        string            `json:"name"`
	LastDay     *string           `json:"last_day" format:"date" doc:"null: never"`
	OverdueDays int               `json:"overdue_days" doc:"0: not flagged"`
	Days        Beside            `json:"days" doc:"Working days since the last"`
	Period      Beside            `json:"period" doc:"Visits, or minor units, in the last 30 days"`
}

type (
	peopleIn struct {
		Kind warnings.Kind `path:"kind" enum:"person_visit,person_order,person_sale"`
		AsOf string        `query:"as_of" format:"date" doc:"Today when absent"`
	}
	peopleOut struct{ Body []Person }
)

func (m mount) people(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	d, err := dateOf("query.as_of", in.AsOf)
	if err != nil {
		return nil, err
	}
	rows, err := m.s.OfPeople(ctx, caller(ctx), in.Kind, d)
	if err != nil {
		return nil, err
	}
	out := &peopleOut{Body: make([]Person, len(rows))}
	for i, r := range rows {
		out.Body[i] = Person{
			PersonID: r.Person, Name: r.Name, OverdueDays: r.Overdue,
			Days: Beside(r.Days), Period: Beside(r.Period),
		}
		if !r.Last.IsZero() {
			day := r.Last.String()
			out.Body[i].LastDay = &day
		}
	}
	return out, nil
}

// Cycle is how a customer is visited beside how it should be.
type Cycle struct {
	CustomerID business.CustomerID `json:"customer_id"`
	Name       string              `json:"name"`
	OwnerID    business.PersonID   `json:"owner_id" doc:"0: nobody's"`
	OwnerName  string              `json:"owner_name"`
	EveryDays  int                 `json:"every_days" doc:"Planned"`
	MeanDays   float64             `json:"mean_days" doc:"Actual"`
	VisitDays  int                 `json:"visit_days"`
}

type (
	cyclesIn struct {
		Person    business.PersonID `query:"person" minimum:"0"`
		From      string            `query:"from" format:"date" doc:"90 days ago when absent"`
		To        string            `query:"to" format:"date" doc:"Today when absent"`
		Tolerance float64           `query:"tolerance" minimum:"0" maximum:"10" default:"0.5" doc:"Of the cycle"`
	}
	cyclesOut struct{ Body []Cycle }
)

// cycleQuery is what is asked for, of the last 90 days when nothing is said.
func (m mount) cycleQuery(person business.PersonID, from, to string) (warnings.CycleQuery, error) {
	q := warnings.CycleQuery{Person: person}
	var err error
	if q.From, err = dateOf("query.from", from); err != nil {
		return q, err
	}
	if q.To, err = dateOf("query.to", to); err != nil {
		return q, err
	}
	if q.To.IsZero() {
		q.To = m.s.Today()
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-90)
	}
	return q, nil
}

func (m mount) cycles(ctx context.Context, in *cyclesIn) (*cyclesOut, error) {
	q, err := m.cycleQuery(in.Person, in.From, in.To)
	if err != nil {
		return nil, err
	}
	q.Tolerance = in.Tolerance
	rows, err := m.s.Cycles(ctx, caller(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &cyclesOut{Body: make([]Cycle, len(rows))}
	for i, r := range rows {
		out.Body[i] = Cycle{
			CustomerID: r.Customer, Name: r.Name, OwnerID: r.Owner, OwnerName: r.OwnerName,
			EveryDays: r.Every, MeanDays: r.Mean, VisitDays: r.Visits,
		}
	}
	return out, nil
}

// Frequency is how often the customers of a salesperson were visited in a period.
type Frequency struct {
	OwnerID   *business.PersonID `json:"owner_id" doc:"Who has the customers now; null: nobody"`
	OwnerName string             `json:"owner_name"`
	Customers int                `json:"customers" doc:"met + short + never"`
	Asked     int                `json:"asked" doc:"Visits that the cycles ask for"`
	Made      int                `json:"made" doc:"Days with a visit, by anybody"`
	Kept      int                `json:"kept" doc:"Visits that were asked and made: of each customer at most as many as asked"`
	Met       int                `json:"met" doc:"Customers visited as often as asked"`
	Short     int                `json:"short" doc:"Customers visited too rarely"`
	Never     int                `json:"never" doc:"Customers not visited at all"`
}

type (
	frequencyIn struct {
		Person business.PersonID `query:"person" minimum:"0"`
		From   string            `query:"from" format:"date" doc:"90 days ago when absent"`
		To     string            `query:"to" format:"date" doc:"Today when absent"`
	}
	frequencyOut struct{ Body []Frequency }
)

func (m mount) frequency(ctx context.Context, in *frequencyIn) (*frequencyOut, error) {
	q, err := m.cycleQuery(in.Person, in.From, in.To)
	if err != nil {
		return nil, err
	}
	rows, err := m.s.Frequencies(ctx, caller(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &frequencyOut{Body: make([]Frequency, len(rows))}
	for i, r := range rows {
		f := Frequency{
			nil, r.OwnerName, r.Customers, r.Asked, r.Made, r.Kept, r.Met, r.Short, r.Never,
		}
		if r.Owner != 0 {
			f.OwnerID = &r.Owner
		}
		out.Body[i] = f
	}
	return out, nil
}

// Rule is the setting of one kind.
type Rule struct {
	Kind      AnyKind        `json:"kind"`
	Enabled   bool           `json:"enabled"`
	Threshold *int           `json:"threshold_days" doc:"null: no general one"`
	ByLevel   map[string]int `json:"by_level" doc:"Days by the customer's level"`
	ByKind    map[string]int `json:"by_kind" doc:"Days by the customer's kind; the deepest one wins"`
	Weekdays  []int          `json:"weekdays" doc:"ISO weekdays that count, for people"`
	Version   int64          `json:"version"`
}

func ruleView(r warnings.Rule) Rule {
	v := Rule{
		Kind: AnyKind(r.Kind), Enabled: r.Enabled, ByLevel: r.ByLevel, ByKind: r.ByKind,
		Weekdays: r.Weekdays, Version: r.Version,
	}
	if r.Threshold != 0 {
		v.Threshold = &r.Threshold
	}
	return v
}

// RuleSetting is what is set of a rule.
type RuleSetting struct {
	Enabled   bool           `json:"enabled"`
	Threshold *int           `json:"threshold_days"`
	ByLevel   map[string]int `json:"by_level,omitempty"`
	ByKind    map[string]int `json:"by_kind,omitempty"`
	Weekdays  []int          `json:"weekdays,omitempty" maxItems:"7" doc:"All days when absent"`
}

type (
	rulesOut  struct{ Body []Rule }
	setRuleIn struct {
		api.IfMatch
		Kind AnyKind `path:"kind"`
		Body RuleSetting
	}
	ruleOut struct {
		ETag string `header:"ETag"`
		Body Rule
	}
)

func (m mount) rules(ctx context.Context, _ *struct{}) (*rulesOut, error) {
	rules, err := m.s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	out := &rulesOut{Body: make([]Rule, len(rules))}
	for i, r := range rules {
		out.Body[i] = ruleView(r)
	}
	return out, nil
}

func (m mount) setRule(ctx context.Context, in *setRuleIn) (*ruleOut, error) {
	version, err := in.IfMatch.Version()
	if err != nil {
		return nil, err
	}
	r := warnings.Rule{
		Kind: warnings.Kind(in.Kind), Enabled: in.Body.Enabled, ByLevel: in.Body.ByLevel,
		ByKind: in.Body.ByKind, Weekdays: in.Body.Weekdays, Version: version,
	}
	if in.Body.Threshold != nil {
		r.Threshold = *in.Body.Threshold
	}
	if len(r.Weekdays) == 0 {
		r.Weekdays = []int{1, 2, 3, 4, 5, 6, 7}
	}
	if r, err = m.s.SetRule(ctx, caller(ctx), api.IdemKey(ctx), r); err != nil {
		return nil, err
	}
	return &ruleOut{api.ETag(r.Version), ruleView(r)}, nil
}
