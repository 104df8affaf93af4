package orderingapi

import (
	"context"
	"net/url"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/ordering"
)

// Order is an order of a customer.
type Order struct {
	ID           business.OrderID    `json:"id"`
	Number       string              `json:"number" example:"SO0000012"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id" doc:"The salesperson who is credited; 0: nobody"`
	PlacedBy     business.PersonID   `json:"placed_by"`
	VisitID      business.VisitID    `json:"visit_id" doc:"0: not during a visit"`
	State        ordering.State      `json:"state" enum:"draft,submitted,confirmed,closed,cancelled"`
	Hold         ordering.Hold       `json:"hold" enum:",review,credit,overdue" doc:"Why it waits"`
	Day          string              `json:"day" format:"date"`
	ValidUntil   string              `json:"valid_until" format:"date"`
	Note         string              `json:"note"`
	Total        int64               `json:"total_cents" doc:"Tax included"`
	Tax          int64               `json:"tax_cents"`
	Open         bool                `json:"open" doc:"Goods have to go out"`
	ConfirmedAt  *time.Time          `json:"confirmed_at"`
	Reason       string              `json:"reason"`
	Version      int64               `json:"version"`
	CreatedAt    time.Time           `json:"created_at"`
	Lines        []Line              `json:"lines" doc:"Empty in lists"`
}

// Line is one product of an order.
type Line struct {
	ID        int64              `json:"id"`
	ProductID business.ProductID `json:"product_id"`
	Code      string             `json:"code"`
	Name      string             `json:"name"`
	Spec      string             `json:"spec"`
	Unit      string             `json:"unit"`
	Quantity  business.Quantity  `json:"quantity" example:"12"`
	Delivered business.Quantity  `json:"delivered"`
	Price     int64              `json:"price_cents"`
	Source    ordering.Source    `json:"price_source" enum:"list,tracked,given"`
	Amount    int64              `json:"amount_cents"`
	Tax       int64              `json:"tax_cents"`
}

// OrderIn is an order to be entered.
type OrderIn struct {
	CustomerID business.CustomerID `json:"customer_id" minimum:"1"`
	VisitID    business.VisitID    `json:"visit_id,omitempty" minimum:"0"`
	Note       string              `json:"note,omitempty" maxLength:"1000"`
	Confirm    bool                `json:"confirm,omitempty"`
	Lines      []LineIn            `json:"lines" minItems:"1" maxItems:"500"`
}

// LineIn names a product by id, or by code or barcode.
type LineIn struct {
	ProductID business.ProductID `json:"product_id,omitempty" minimum:"0"`
	Code      string             `json:"code,omitempty" maxLength:"40"`
	Quantity  business.Quantity  `json:"quantity" example:"12"`
	Price     *int64             `json:"price_cents,omitempty" doc:"Another price than the customer's; by who may"`
	Shown     *int64             `json:"shown_price_cents,omitempty" doc:"Refused when the price is another by now"`
}

func (o OrderIn) order() ordering.NewOrder {
	out := ordering.NewOrder{
		Customer: o.CustomerID, Visit: o.VisitID, Note: o.Note, Confirm: o.Confirm,
	}
	for _, l := range o.Lines {
		out.Lines = append(out.Lines, ordering.NewLine{
			Product: l.ProductID, Code: l.Code, Quantity: l.Quantity, Price: money(l.Price),
			Shown: money(l.Shown),
		})
	}
	return out
}

func money(cents *int64) *business.Money {
	if cents == nil {
		return nil
	}
	m := business.Money(*cents)
	return &m
}

func view(r ordering.Row) Order {
	return Order{
		ID: r.ID, Number: r.Number, CustomerID: r.Customer, CustomerName: r.CustomerName,
		OwnerID: r.Owner, PlacedBy: r.PlacedBy, VisitID: r.Visit, State: r.State, Hold: r.Hold,
		Day: r.Day.String(), ValidUntil: r.ValidUntil.String(), Note: r.Note, Total: int64(r.Total),
		Tax: int64(r.Tax), Open: r.Open, ConfirmedAt: r.ConfirmedAt, Reason: r.Reason,
		Version: r.Version, CreatedAt: r.CreatedAt, Lines: linesOf(r.Lines),
	}
}

func linesOf(lines []ordering.Line) []Line {
	out := make([]Line, len(lines))
	for i, l := range lines {
		out[i] = Line{
			ID: l.ID, ProductID: l.Product, Code: l.Code, Name: l.Name, Spec: l.Spec, Unit: l.Unit,
			Quantity: l.Quantity, Delivered: l.Delivered, Price: int64(l.Price), Source: l.Source,
			Amount: int64(l.Amount), Tax: int64(l.Tax),
		}
	}
	return out
}

type (
	listIn struct {
		api.PageQuery
		Person   business.PersonID   `query:"person" minimum:"0" doc:"The salesperson who is credited"`
		Customer business.CustomerID `query:"customer" minimum:"0"`
		State    ordering.State      `query:"state" enum:"draft,submitted,confirmed,closed,cancelled"`
		Open     bool                `query:"open" doc:"Only what has to go out"`
		api.Period
		Number string `query:"number" maxLength:"40" doc:"Begins with"`
	}
	// Orders is a page of orders.
	Orders struct {
		api.Page[Order]
		Sum *int64 `json:"total_cents" doc:"Of all orders under the filter that are not cancelled; on the first page; null beyond 100,000"`
	}
	listOut struct{ Body Orders }
	orderIn struct {
		ID business.OrderID `path:"id" minimum:"1"`
	}
	orderOut struct {
		ETag string `header:"ETag"`
		Body Order
	}
)

func (in listIn) filter() (ordering.Filter, error) {
	f := ordering.Filter{
		Person: in.Person, Customer: in.Customer, State: in.State, Open: in.Open,
		Number: in.Number, Limit: in.Limit,
	}
	var err error
	if f.From, f.To, err = in.Days(); err != nil {
		return f, err
	}
	return f, api.DecodeAfter(in.After, &f.After)
}

func filterOf(q url.Values) (ordering.Filter, error) {
	return listIn{
		Person:   business.PersonID(api.Number(q, "person")),
		Customer: business.CustomerID(api.Number(q, "customer")),
		State:    ordering.State(q.Get("state")), Open: q.Get("open") == "true",
		Period: api.PeriodOf(q), Number: q.Get("number"),
	}.filter()
}

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	c, out := caller(ctx), &listOut{}
	out.Body.Page, out.Body.Sum, err = api.SumPage(in.PageQuery, view,
		func() ([]ordering.Row, *ordering.Cursor, error) { return m.s.Orders(ctx, c, f) },
		func() (int64, business.Money, error) { return m.s.Count(ctx, c, f) })
	return out, err
}

func (m mount) get(ctx context.Context, in *orderIn) (*orderOut, error) {
	r, err := m.s.Order(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &orderOut{api.ETag(r.Version), view(r)}, nil
}

// shown answers a command with the order as it is now.
func (m mount) shown(ctx context.Context, o ordering.Order, err error) (*orderOut, error) {
	if err != nil {
		return nil, err
	}
	return m.get(ctx, &orderIn{o.ID})
}

type (
	placeIn struct{ Body OrderIn }
	saveIn  struct {
		api.IfMatch
		ID   business.OrderID `path:"id" minimum:"1"`
		Body OrderIn
	}
	reasonIn struct {
		ID   business.OrderID `path:"id" minimum:"1"`
		Body ReasonIn
	}
	decideIn struct {
		ID   business.OrderID `path:"id" minimum:"1"`
		Body DecisionIn
	}
)

// ReasonIn says why.
type ReasonIn struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

// DecisionIn is a verdict about a submitted order.
type DecisionIn struct {
	Approve bool   `json:"approve"`
	Reason  string `json:"reason,omitempty" maxLength:"1000"`
}

func (m mount) place(ctx context.Context, in *placeIn) (*orderOut, error) {
	o, err := m.s.Place(ctx, caller(ctx), in.Body.order())
	return m.shown(ctx, o, err)
}

func (m mount) save(ctx context.Context, in *saveIn) (*orderOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	o, err := m.s.Save(ctx, caller(ctx), in.ID, version, in.Body.order())
	return m.shown(ctx, o, err)
}

func (m mount) confirm(ctx context.Context, in *orderIn) (*orderOut, error) {
	o, err := m.s.Confirm(ctx, caller(ctx), in.ID)
	return m.shown(ctx, o, err)
}

func (m mount) decide(ctx context.Context, in *decideIn) (*orderOut, error) {
	o, err := m.s.Decide(ctx, caller(ctx), ordering.Decision{
		Order: in.ID, Approve: in.Body.Approve, Reason: in.Body.Reason,
	})
	return m.shown(ctx, o, err)
}

func (m mount) cancel(ctx context.Context, in *reasonIn) (*orderOut, error) {
	o, err := m.s.Cancel(ctx, caller(ctx), in.ID, in.Body.Reason)
	return m.shown(ctx, o, err)
}

func (m mount) closeOrder(ctx context.Context, in *reasonIn) (*orderOut, error) {
	o, err := m.s.Close(ctx, caller(ctx), in.ID, in.Body.Reason)
	return m.shown(ctx, o, err)
}

type (
	customerIn struct {
		ID business.CustomerID `path:"id" minimum:"1"`
	}
	pricesIn struct {
		ID       business.CustomerID `path:"id" minimum:"1"`
		Products []int64             `query:"products" maxItems:"500" required:"true"`
	}
	linesOut  struct{ Body []Line }
	pricesOut struct{ Body []CustomerPrice }
)

// CustomerPrice is what a customer pays for a product.
type CustomerPrice struct {
	ProductID business.ProductID `json:"product_id"`
	Price     int64              `json:"price_cents"`
	Source    ordering.Source    `json:"price_source" enum:"list,tracked,given"`
}

func (m mount) last(ctx context.Context, in *customerIn) (*linesOut, error) {
	lines, err := m.s.Last(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &linesOut{linesOf(lines)}, nil
}

func (m mount) prices(ctx context.Context, in *pricesIn) (*pricesOut, error) {
	products := make([]business.ProductID, len(in.Products))
	for i, id := range in.Products {
		products[i] = business.ProductID(id)
	}
	quotes, err := m.s.Quotes(ctx, caller(ctx), in.ID, products)
	if err != nil {
		return nil, err
	}
	out := &pricesOut{Body: make([]CustomerPrice, len(quotes))}
	for i, q := range quotes {
		out.Body[i] = CustomerPrice{q.ID, int64(q.Price), q.Source}
	}
	return out, nil
}

// Deal is what one person sold to one customer in one month.
type Deal struct {
	PersonID   business.PersonID   `json:"person_id" doc:"0: nobody is credited"`
	CustomerID business.CustomerID `json:"customer_id"`
	Month      string              `json:"month" format:"date" doc:"Its first day"`
	Orders     int64               `json:"orders"`
	Amount     int64               `json:"amount_cents"`
}

type (
	dealsIn struct {
		api.PageQuery
		Person business.PersonID `query:"person" minimum:"0"`
		From   string            `query:"from" format:"date" doc:"The first of this year when absent"`
		To     string            `query:"to" format:"date" doc:"Inclusive; today when absent"`
	}
	dealsOut struct{ Body api.Page[Deal] }
)

func (m mount) deals(ctx context.Context, in *dealsIn) (*dealsOut, error) {
	from, to, err := api.OptionalSpan(in.From, in.To, m.s.Today())
	if err != nil {
		return nil, err
	}
	f := ordering.DealFilter{Person: in.Person, From: from, To: to, Limit: in.Limit}
	if err := api.DecodeAfter(in.After, &f.After); err != nil {
		return nil, err
	}
	found, cursor, err := m.s.Deals(ctx, caller(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &dealsOut{}
	out.Body, err = api.KeyPage(found, cursor, func(d ordering.Deal) Deal {
		return Deal{d.Person, d.Customer, d.Month.String(), d.Orders, int64(d.Amount)}
	})
	return out, err
}

// OrderPolicy is how the company takes orders.
type OrderPolicy struct {
	Review    bool  `json:"review" doc:"What a salesperson takes waits for a review"`
	FourEyes  bool  `json:"four_eyes" doc:"Who took an order does not approve it"`
	ValidDays int   `json:"valid_days" minimum:"1" maximum:"365"`
	Version   int64 `json:"version,omitempty"`
}

type (
	policyOut struct {
		ETag string `header:"ETag"`
		Body OrderPolicy
	}
	policyIn struct {
		api.IfMatch
		Body OrderPolicy
	}
)

func policyView(p ordering.Policy, err error) (*policyOut, error) {
	if err != nil {
		return nil, err
	}
	return &policyOut{api.ETag(p.Version), OrderPolicy(p)}, nil
}

func (m mount) getPolicy(ctx context.Context, _ *struct{}) (*policyOut, error) {
	return policyView(m.s.Policy(ctx))
}

func (m mount) setPolicy(ctx context.Context, in *policyIn) (*policyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	p := ordering.Policy(in.Body)
	p.Version = version
	return policyView(m.s.SetPolicy(ctx, api.Actor(ctx), p))
}
