package ordering

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"beatplan/business"
)

// However a line goes out and comes back, no part has a tax outside its amount, and
// all of it together is the line: its amount to the cent, and its tax too unless
// something came back on the way.
func TestThePartsOfALineAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quantity := business.Quantity(rapid.Int64Range(1, 3000).Draw(t, "quantity"))
		amount := business.Money(rapid.Int64Range(0, 400).Draw(t, "amount"))
		tax := amount.Included(1300)
		o := Order{State: Confirmed, Lines: []Line{
			{ID: 1, Quantity: quantity, Amount: amount, Tax: tax},
		}}
		var out []Returned
		back := 0
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			if len(out) > 0 && rapid.IntRange(0, 2).Draw(t, "back") == 0 {
				i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
				var err error
				if o, err = takeBack(o, out[i:i+1]); err != nil {
					t.Fatal(err)
				}
				out = slices.Delete(out, i, i+1)
				back++
			} else if left := int64(o.Lines[0].Left()); left > 0 {
				q := rapid.Int64Range(1, left).Draw(t, "part")
				o, out = shipped(t, o, out, business.Quantity(q))
			}
		}
		if left := o.Lines[0].Left(); left > 0 {
			o, out = shipped(t, o, out, left)
		}
		var sum, taxes business.Money
		for _, p := range out {
			sum, taxes = sum+p.Amount, taxes+p.Tax
		}
		l := o.Lines[0]
		if sum != amount || l.Shipped != sum || l.ShipTax != taxes || taxes > tax ||
			back == 0 && taxes != tax {
			t.Fatalf("%v with %v tax went out of %v with %v; %d came back", sum, taxes, amount, tax, back)
		}
	})
}

func shipped(
	t *rapid.T, o Order, out []Returned, q business.Quantity,
) (Order, []Returned) {
	o, parts, err := ship(o, []Part{{1, q}}, business.Date{})
	if err != nil {
		t.Fatal(err)
	}
	p := parts[0]
	if p.Amount < 0 || p.Tax < 0 || p.Tax > p.Amount {
		t.Fatalf("%v for %v with %v tax", q, p.Amount, p.Tax)
	}
	return o, append(out, Returned{Part{1, q}, p.Amount, p.Tax})
}
