// Package fulfilmentapi is the HTTP surface of business/fulfilment: what has to go
// out, and the notes of what went.
package fulfilmentapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// Mount registers the operations on a.
func Mount(a *api.API, s *fulfilment.Service) {
	m := mount{a, s}
	m.operations()
	m.files()
}

type mount struct {
	a *api.API
	s *fulfilment.Service
}

func op(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	return api.Op{ID: id, Summary: summary, Tags: []string{"Goods"}, Perm: p, Problems: own}
}

func caller(ctx context.Context) fulfilment.Caller {
	return fulfilment.Caller{Actor: api.Actor(ctx), Scope: api.Scope(ctx), Key: api.IdemKey(ctx)}
}

func (m mount) operations() {
	api.Get(m.a, "/v1/goods-to-ship", op("list-goods-to-ship",
		"List what may go out, the order that expires first at the top",
		business.GoodsRead), m.toShip)
	api.Get(m.a, "/v1/goods-notes", op("list-goods-notes", "List goods-out notes, newest first",
		business.GoodsRead, api.ErrCursor), m.list)
	api.Get(m.a, "/v1/goods-notes/{id}", op("get-goods-note", "Read a goods-out note",
		business.GoodsRead, fulfilment.ErrNoNote), m.get)
	ship := op("ship-order", "Send goods of an order out", business.GoodsWrite,
		fulfilment.ErrEmpty, fulfilment.ErrTwice, fulfilment.ErrNoOrder, ordering.ErrNotConfirmed,
		ordering.ErrExpired, ordering.ErrOver, finance.ErrOverCredit, finance.ErrOverdue,
		finance.ErrClosed)
	ship.Description = "Without parts, all that is left. The customer owes the note's total from then on."
	ship.Command, ship.Status = true, http.StatusCreated
	api.Post(m.a, "/v1/goods-notes", ship, m.ship)
	back := op("reverse-goods-note", "Take a note back as a whole", business.GoodsWrite,
		fulfilment.ErrNoNote, fulfilment.ErrReversed, fulfilment.ErrReason, finance.ErrPaidOn,
		finance.ErrClosed, ordering.ErrOver)
	back.Command = true
	api.Post(m.a, "/v1/goods-notes/{id}/reverse", back, m.reverse)
}

// GoodsNote is what left the house for one order at once.
type GoodsNote struct {
	ID           business.NoteID     `json:"id"`
	Number       string              `json:"number" example:"GO0000012"`
	OrderID      business.OrderID    `json:"order_id"`
	OrderNumber  string              `json:"order_number"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id"`
	State        fulfilment.State    `json:"state" enum:"posted,reversed"`
	Day          string              `json:"day" format:"date"`
	Total        int64               `json:"total_cents" doc:"Tax included"`
	Tax          int64               `json:"tax_cents"`
	Note         string              `json:"note"`
	PostedAt     time.Time           `json:"posted_at"`
	PostedBy     business.PersonID   `json:"posted_by"`
	Reason       string              `json:"reason" doc:"Of the reversal"`
	Lines        []GoodsLine         `json:"lines" doc:"Empty in lists"`
}

// GoodsLine is one product of a note.
type GoodsLine struct {
	ID          int64              `json:"id"`
	OrderLineID int64              `json:"order_line_id"`
	ProductID   business.ProductID `json:"product_id"`
	Code        string             `json:"code"`
	Name        string             `json:"name"`
	Spec        string             `json:"spec"`
	Unit        string             `json:"unit"`
	Quantity    business.Quantity  `json:"quantity"`
	Amount      int64              `json:"amount_cents"`
	Tax         int64              `json:"tax_cents"`
}

func view(r fulfilment.Row) GoodsNote {
	n := GoodsNote{
		ID: r.ID, Number: r.Number, OrderID: r.Order, OrderNumber: r.OrderNumber,
		CustomerID: r.Customer, CustomerName: r.CustomerName, OwnerID: r.Owner, State: r.State,
		Day: r.Day.String(), Total: int64(r.Total), Tax: int64(r.Tax), Note: r.Text,
		PostedAt: r.PostedAt, PostedBy: r.PostedBy, Reason: r.Reason, Lines: []GoodsLine{},
	}
	for _, l := range r.Lines {
		n.Lines = append(n.Lines, GoodsLine{
			l.ID, l.OrderLine, l.Product, l.Code, l.Name, l.Spec, l.Unit, l.Quantity,
			int64(l.Amount), int64(l.Tax),
		})
	}
	return n
}

// ToShip is an order of which something has to go out.
type ToShip struct {
	OrderID      business.OrderID    `json:"order_id"`
	OrderNumber  string              `json:"order_number"`
	CustomerID   business.CustomerID `json:"customer_id"`
	CustomerName string              `json:"customer_name"`
	OwnerID      business.PersonID   `json:"owner_id"`
	ValidUntil   string              `json:"valid_until" format:"date"`
	Lines        []ToShipLine        `json:"lines"`
}

// ToShipLine is a line of which something has to go out.
type ToShipLine struct {
	LineID    int64              `json:"line_id"`
	ProductID business.ProductID `json:"product_id"`
	Code      string             `json:"code"`
	Name      string             `json:"name"`
	Spec      string             `json:"spec"`
	Unit      string             `json:"unit"`
	Bin       string             `json:"bin"`
	Ordered   business.Quantity  `json:"ordered"`
	Delivered business.Quantity  `json:"delivered"`
	Left      business.Quantity  `json:"left"`
}

type (
	toShipIn struct {
		Person business.PersonID `query:"person" minimum:"0"`
		Order  business.OrderID  `query:"order" minimum:"0"`
		Limit  int               `query:"limit" minimum:"1" maximum:"500" default:"200" doc:"Most orders"`
	}
	toShipOut struct{ Body GoodsToShip }
)

// GoodsToShip is what may go out.
type GoodsToShip struct {
	Items []ToShip `json:"items"`
	Total int64    `json:"total" doc:"Orders, with those beyond the limit"`
}

func (m mount) toShip(ctx context.Context, in *toShipIn) (*toShipOut, error) {
	found, n, err := m.s.ToShip(ctx, caller(ctx), fulfilment.Outgoing(*in))
	if err != nil {
		return nil, err
	}
	out := &toShipOut{GoodsToShip{Items: make([]ToShip, len(found)), Total: n}}
	for i, o := range found {
		row := ToShip{
			OrderID: o.Order, OrderNumber: o.Number, CustomerID: o.Customer,
			CustomerName: o.CustomerName, OwnerID: o.Owner, ValidUntil: o.ValidUntil.String(),
		}
		for _, l := range o.Lines {
			row.Lines = append(row.Lines, ToShipLine{
				l.Line, l.Product, l.Code, l.Name, l.Spec, l.Unit, l.Bin, l.Ordered, l.Delivered,
				l.Ordered - l.Delivered,
			})
		}
		out.Body.Items[i] = row
	}
	return out, nil
}

type (
	listIn struct {
		api.PageQuery
		Person   business.PersonID   `query:"person" minimum:"0"`
		Customer business.CustomerID `query:"customer" minimum:"0"`
		Order    business.OrderID    `query:"order" minimum:"0"`
		State    fulfilment.State    `query:"state" enum:"posted,reversed"`
		api.Period
		Number string `query:"number" maxLength:"40" doc:"Begins with"`
	}
	// GoodsNotes is a page of notes.
	GoodsNotes struct {
		api.Page[GoodsNote]
		Sum *int64 `json:"total_cents" doc:"Of all notes under the filter that stand; on the first page; null beyond 100,000"`
	}
	listOut struct{ Body GoodsNotes }
	noteIn  struct {
		ID business.NoteID `path:"id" minimum:"1"`
	}
	noteOut struct{ Body GoodsNote }
)

func (in listIn) filter() (fulfilment.Filter, error) {
	f := fulfilment.Filter{
		Person: in.Person, Customer: in.Customer, Order: in.Order, State: in.State,
		Number: in.Number, Limit: in.Limit,
	}
	var err error
	if f.From, f.To, err = in.Days(); err != nil {
		return f, err
	}
	return f, api.DecodeAfter(in.After, &f.After)
}

func filterOf(q url.Values) (fulfilment.Filter, error) {
	return listIn{
		Person:   business.PersonID(api.Number(q, "person")),
		Customer: business.CustomerID(api.Number(q, "customer")),
		Order:    business.OrderID(api.Number(q, "order")), State: fulfilment.State(q.Get("state")),
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
		func() ([]fulfilment.Row, *fulfilment.Cursor, error) { return m.s.Notes(ctx, c, f) },
		func() (int64, business.Money, error) { return m.s.Count(ctx, c, f) })
	return out, err
}

func (m mount) get(ctx context.Context, in *noteIn) (*noteOut, error) {
	r, err := m.s.Note(ctx, caller(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &noteOut{view(r)}, nil
}

// ShipIn asks for goods to go out.
type ShipIn struct {
	OrderID business.OrderID `json:"order_id" minimum:"1"`
	Parts   []PartIn         `json:"parts,omitempty" maxItems:"500" doc:"All that is left when absent"`
	Note    string           `json:"note,omitempty" maxLength:"1000"`
}

// PartIn is a quantity of a line.
type PartIn struct {
	LineID   int64             `json:"line_id" minimum:"1"`
	Quantity business.Quantity `json:"quantity" example:"6"`
}

// BackIn says why a note is taken back.
type BackIn struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000"`
}

type (
	shipIn    struct{ Body ShipIn }
	reverseIn struct {
		ID   business.NoteID `path:"id" minimum:"1"`
		Body BackIn
	}
)

func (m mount) ship(ctx context.Context, in *shipIn) (*noteOut, error) {
	s := fulfilment.Shipment{Order: in.Body.OrderID, Text: in.Body.Note}
	for _, p := range in.Body.Parts {
		s.Parts = append(s.Parts, fulfilment.Part{Line: p.LineID, Quantity: p.Quantity})
	}
	n, err := m.s.Ship(ctx, caller(ctx), s)
	if err != nil {
		return nil, err
	}
	return m.get(ctx, &noteIn{n.ID})
}

func (m mount) reverse(ctx context.Context, in *reverseIn) (*noteOut, error) {
	n, err := m.s.Reverse(ctx, caller(ctx), in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return m.get(ctx, &noteIn{n.ID})
}

func (m mount) files() {
	export := op("export-goods-notes", "Export the notes under a filter as CSV or XLSX", business.GoodsRead)
	m.a.Export("/v1/goods-notes/export.{format}", export,
		[]string{"person", "customer", "order", "state", "from", "to", "number"}, m.export)
}

func (m mount) export(w http.ResponseWriter, r *http.Request) error {
	f, err := filterOf(r.URL.Query())
	if err != nil {
		return err
	}
	f.Limit = 500
	file := api.File(r, fmt.Sprintf("goods-out-%s", m.s.Today()),
		"number", "day", "order", "customer", "state", "total", "tax")
	next := func(after fulfilment.Cursor) ([]fulfilment.Row, *fulfilment.Cursor, error) {
		f.After = after
		return m.s.Notes(r.Context(), caller(r.Context()), f)
	}
	return sheet.ServePages(w, file, next, func(n fulfilment.Row) []any {
		return []any{n.Number, n.Day.String(), n.OrderNumber, n.CustomerName,
			api.Word(api.Language(r), "state."+string(n.State)), n.Total.String(), n.Tax.String()}
	})
}
