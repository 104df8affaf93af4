package ordering

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"beatplan/business"
	"beatplan/internal/fail"
)

const (
	maxLines = 500
	maxNote  = 1000
)

// known is what pricing a line needs.
type known struct {
	byID    map[business.ProductID]Product
	byCode  map[string]Product
	tracked map[business.ProductID]paid
	reviews bool // the caller may give a price
}

// paid is what a customer last paid for a product, and when.
type paid struct {
	price business.Money
	at    time.Time
}

func (k known) product(l NewLine) (Product, bool) {
	if l.Product != 0 {
		p, ok := k.byID[l.Product]
		return p, ok
	}
	p, ok := k.byCode[strings.ToUpper(strings.TrimSpace(l.Code))]
	return p, ok
}

// price is what the customer pays for one unit (G44): the price of the last deal
// that is not older than the list price, else the list price.
func (k known) price(p Product) (business.Money, Source) {
	if last, ok := k.tracked[p.ID]; ok && !last.at.Before(p.PricedAt) {
		return last.price, TrackedPrice
	}
	return p.Price, ListPrice
}

// linesOf prices the lines. Every fault is reported, by line.
func linesOf(in []NewLine, k known) ([]Line, error) {
	e := ErrLines
	if len(in) == 0 || len(in) > maxLines {
		return nil, e.WithField("lines", "length", "An order has 1 to 500 lines.")
	}
	out := make([]Line, 0, len(in))
	var total business.Money
	for i, l := range in {
		line, fault := lineOf(l, k)
		if fault != nil {
			fault.Path = fmt.Sprintf("lines[%d].%s", i, fault.Path)
			e = e.WithField(fault.Path, fault.Code, fault.Message)
			continue
		}
		total += line.Amount
		out = append(out, line)
	}
	if total > business.MaxMoney {
		e = e.WithField("lines", "range", "The order is worth too much.")
	}
	if len(e.Fields) > 0 {
		return nil, e
	}
	return out, nil
}

func lineOf(in NewLine, k known) (Line, *fail.Field) {
	p, ok := k.product(in)
	switch {
	case !ok:
		return Line{}, &fail.Field{Path: "product", Code: "unknown", Message: "There is no such product."}
	case !p.Active:
		return Line{}, &fail.Field{Path: "product", Code: "inactive", Message: p.Name + " is not sold any more."}
	case in.Quantity <= 0 || in.Quantity > business.MaxQuantity:
		return Line{}, &fail.Field{Path: "quantity", Code: "range", Message: "The quantity is more than 0."}
	case !in.Quantity.Fits(p.Decimals):
		return Line{}, &fail.Field{Path: "quantity", Code: "decimals", Message: fmt.Sprintf(
			"%s is counted with %d decimals.", p.Name, p.Decimals)}
	}
	price, source := k.price(p)
	if in.Shown != nil && *in.Shown != price && in.Price == nil {
		return Line{}, &fail.Field{Path: "price", Code: "moved", Message: fmt.Sprintf(
			"The price of %s is %v now.", p.Name, price)}
	}
	if in.Price != nil && *in.Price != price {
		if !k.reviews {
			return Line{}, &fail.Field{Path: "price", Code: "denied", Message: "You may not give another price."}
		}
		if *in.Price < 0 || *in.Price > 1_000_000_000 {
			return Line{}, &fail.Field{Path: "price", Code: "range", Message: "The price is out of bounds."}
		}
		price, source = *in.Price, GivenPrice
	}
	amount := price.Times(in.Quantity)
	return Line{
		Product: p.ID, Code: p.Code, Name: p.Name, Spec: p.Spec, Unit: p.Unit, Bin: p.Bin,
		Quantity: in.Quantity, Price: price, Source: source, TaxBP: p.TaxBP,
		Amount: amount, Tax: amount.Included(p.TaxBP),
	}, nil
}

// sum sets the totals of the order from its lines.
func sum(o *Order) {
	o.Total, o.Tax = 0, 0
	for _, l := range o.Lines {
		o.Total += l.Amount
		o.Tax += l.Tax
	}
}

// undelivered is the value of what has to go out.
func undelivered(o Order) business.Money {
	var left business.Money
	for _, l := range o.Lines {
		left += l.Amount - l.Shipped
	}
	return left
}

// confirm makes the order a deal at that moment. Its validity begins then: what waited
// for a decision is not past it when it is approved.
func confirm(o Order, at time.Time, day business.Date, p Policy) Order {
	o.State, o.Hold, o.Open, o.ValidUntil = Confirmed, NoHold, true, day.Add(p.ValidDays)
	o.ConfirmedAt, o.ConfirmedDay, o.Deal = &at, day, o.Total
	return o
}

// decide judges whether the caller may decide about a submitted order.
func decide(o Order, c Caller, p Policy, reason string) error {
	switch {
	case o.State != Submitted:
		return ErrNotSubmitted.With("state", string(o.State))
	case p.FourEyes && o.PlacedBy == c.Actor.Person:
		return ErrOwnOrder
	case o.Hold != ReviewHold && !c.Credits:
		return ErrMayNotRelease
	case o.Hold != ReviewHold && strings.TrimSpace(reason) == "":
		return ErrReason
	case utf8.RuneCountInString(reason) > maxNote:
		return ErrReason.Saying("The reason has at most 1,000 characters.")
	}
	return nil
}

// cancel takes back an order of which nothing went out.
func cancel(o Order, reason string) (Order, error) {
	if o.State == Cancelled || o.State == Closed {
		return o, ErrNotDraft.Saying("This order is over already.")
	}
	for _, l := range o.Lines {
		if l.Delivered > 0 {
			return o, ErrDelivered
		}
	}
	if o.State == Confirmed && strings.TrimSpace(reason) == "" {
		return o, ErrReason
	}
	o.State, o.Hold, o.Open, o.Deal, o.Reason = Cancelled, NoHold, false, 0, reason
	return o, nil
}

// giveUp closes a confirmed order with what went out of it.
func giveUp(o Order, reason string) (Order, error) {
	if o.State != Confirmed || !o.Open {
		return o, ErrNotConfirmed.Saying("Only an order that has to go out can be given up.")
	}
	if strings.TrimSpace(reason) == "" {
		return o, ErrReason
	}
	o.State, o.Open, o.Reason = Closed, false, reason
	o.Deal = o.Total - undelivered(o)
	return o, nil
}

// Part is a quantity of a line that goes out or comes back.
type Part struct {
	Line     int64
	Quantity business.Quantity
}

// Shipped is a part with its share of the line's amount.
type Shipped struct {
	Line     Line
	Quantity business.Quantity
	Amount   business.Money
	Tax      business.Money
}

// ship takes parts out of the order. The shares of a line add up to its amount,
// whatever the parts and whatever came back between. The tax of a part lies within
// the part's amount: a cent that rounding gives to a part worth nothing goes out with
// the next, and none is taken off when an earlier part came back.
func ship(o Order, parts []Part, today business.Date) (Order, []Shipped, error) {
	if o.State != Confirmed {
		return o, nil, ErrNotConfirmed.With("state", string(o.State))
	}
	if o.ValidUntil.Before(today) {
		return o, nil, ErrExpired.With("valid_until", o.ValidUntil.String())
	}
	lines := append([]Line(nil), o.Lines...)
	var out []Shipped
	for _, p := range parts {
		l := lineByID(lines, p.Line)
		if l == nil || p.Quantity <= 0 || p.Quantity > l.Left() {
			e := ErrOver.With("line_id", p.Line)
			if l != nil {
				e = e.With("left", l.Left().String()).With("name", l.Name)
			}
			return o, nil, e
		}
		l.Delivered += p.Quantity
		amount := max(0, l.Amount.Share(l.Delivered, l.Quantity)-l.Shipped)
		l.Shipped += amount
		tax := min(amount, max(0, l.Tax.Share(l.Delivered, l.Quantity)-l.ShipTax))
		l.ShipTax += tax
		out = append(out, Shipped{Line: *l, Quantity: p.Quantity, Amount: amount, Tax: tax})
	}
	o.Lines = lines
	o.Open = left(lines)
	return o, out, nil
}

// Returned is a part that comes back with what it was charged at.
type Returned struct {
	Part
	Amount business.Money
	Tax    business.Money
}

// takeBack undoes a delivery; what came back has to go out again, unless the rest
// was given up.
func takeBack(o Order, parts []Returned) (Order, error) {
	lines := append([]Line(nil), o.Lines...)
	for _, p := range parts {
		l := lineByID(lines, p.Line)
		if l == nil || p.Quantity > l.Delivered || p.Amount > l.Shipped {
			return o, ErrOver.With("line_id", p.Line)
		}
		l.Delivered -= p.Quantity
		l.Shipped -= p.Amount
		l.ShipTax -= p.Tax
	}
	o.Lines = lines
	if o.State == Closed {
		o.Deal = o.Total - undelivered(o)
		return o, nil
	}
	o.Open = left(lines)
	return o, nil
}

// rest is all that has to go out.
func (o Order) rest() []Part {
	var out []Part
	for _, l := range o.Lines {
		if l.Left() > 0 {
			out = append(out, Part{l.ID, l.Left()})
		}
	}
	return out
}

func lineByID(lines []Line, id int64) *Line {
	for i := range lines {
		if lines[i].ID == id {
			return &lines[i]
		}
	}
	return nil
}

func left(lines []Line) bool {
	for _, l := range lines {
		if l.Left() > 0 {
			return true
		}
	}
	return false
}
