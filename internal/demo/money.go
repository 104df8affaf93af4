package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/fulfilment"
	"beatplan/business/ordering"
	"beatplan/internal/clock"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// Trade is what the demo orders, ships and collects with.
type Trade struct {
	Catalogue *catalogue.Service
	// At are the three services by another clock, told together.
	At func(clock.Clock) (*ordering.Service, *fulfilment.Service, *finance.Service)
}

// article is a product of the demo.
type article struct {
	name, spec, unit, bin string
	cents                 business.Money
}

func articles() []article {
	return []article{
		{"矿泉水 Spring water", "550 ml × 24", "箱 case", "A-01", 2400},
		{"苏打水 Soda water", "330 ml × 24", "箱 case", "A-02", 3600},
		{"冰红茶 Iced tea", "500 ml × 15", "箱 case", "A-03", 4200},
		{"橙汁 Orange juice", "1 L × 12", "箱 case", "A-04", 7800},
		{"酸奶 Yoghurt", "180 g × 24", "箱 case", "B-01", 6600},
		{"薯片 Crisps", "75 g × 22", "箱 case", "B-02", 9900},
		{"饼干 Biscuits", "400 g × 12", "箱 case", "B-03", 8400},
		{"坚果 Mixed nuts", "500 g × 10", "箱 case", "B-04", 23800},
		{"洗洁精 Washing-up liquid", "1 kg × 12", "箱 case", "C-01", 9600},
		{"纸巾 Tissues", "3 × 24", "提 pack", "C-02", 5400},
		{"电池 Batteries", "AA × 40", "盒 box", "C-03", 7200},
		{"口香糖 Chewing gum", "× 30", "盒 box", "C-04", 4500},
	}
}

// tradedDays is for how many days back the demo has orders; each customer that is
// chosen orders every week or two.
const (
	tradedDays   = 56
	buyersOfEach = 8
)

// trade writes products, and two months of orders, goods out and receipts, through
// the services. It is done once; later calls find the products and do nothing.
func (h House) trade(ctx context.Context, people []worker) error {
	if n, err := h.Trade.Catalogue.Count(ctx, catalogue.Filter{}); err != nil || n > 0 {
		return err
	}
	var products []catalogue.Product
	for i, a := range articles() {
		p, err := h.Trade.Catalogue.Create(ctx, catalogue.By{Key: key("product", fmt.Sprint(i))},
			catalogue.Fields{Name: a.name, Spec: a.spec, Unit: a.unit, Bin: a.bin, Price: a.cents,
				TaxBP: 1300, Active: true})
		if err != nil {
			return fmt.Errorf("product %s: %w", a.name, err)
		}
		products = append(products, p)
	}
	for i, w := range people {
		for n, c := range w.customers[:min(buyersOfEach, len(w.customers))] {
			rng := rand.New(rand.NewPCG(uint64(c.ID), 23))
			if err := h.buys(ctx, w, c, products, rng); err != nil {
				return fmt.Errorf("orders of %s: %w", c.Name, err)
			}
			h.Progress("orders and receipts", (float64(i)+float64(n)/buyersOfEach)/float64(len(people)))
		}
	}
	return nil
}

// buys is the trade of one customer: orders, most of them shipped two days later,
// most of those paid within a month.
func (h House) buys(
	ctx context.Context, w worker, c crm.Customer, products []catalogue.Product, rng *rand.Rand,
) error {
	today := business.DateOf(h.Clock.Now(), h.Zone)
	for day := today.Add(-tradedDays + rng.IntN(10)); day.Before(today); day = day.Add(9 + rng.IntN(12)) {
		hand := clock.NewManual(day.At(h.Zone, 9*60+rng.IntN(400)))
		orders, goods, money := h.Trade.At(hand)
		name := fmt.Sprintf("%d-%v", c.ID, day)
		var lines []ordering.NewLine
		for _, i := range rng.Perm(len(products))[:1+rng.IntN(3)] {
			lines = append(lines, ordering.NewLine{Product: products[i].ID,
				Quantity: business.Units(1 + rng.Int64N(6))})
		}
		seller := w.caller()
		o, err := orders.Place(ctx, ordering.Caller{Actor: seller.Actor, Scope: seller.Scope,
			Key: key("order", name)}, ordering.NewOrder{Customer: c.ID, Confirm: true, Lines: lines})
		if errors.Is(err, ordering.ErrNoCustomer) { // given away meanwhile
			return nil
		}
		if err != nil {
			return fmt.Errorf("order: %w", err)
		}
		if o.State != ordering.Confirmed || !day.Add(2).Before(today) {
			continue
		}
		hand.Advance(48 * time.Hour)
		keeper := fulfilment.Caller{Scope: scope.Everything(), Key: key("ship", name)}
		if _, err := goods.Ship(ctx, keeper, fulfilment.Shipment{Order: o.ID}); err != nil {
			return fmt.Errorf("goods out: %w", err)
		}
		pay := day.Add(7 + rng.IntN(30))
		if !pay.Before(today) || rng.IntN(5) == 0 {
			continue
		}
		hand.Set(pay.At(h.Zone, 16*60))
		if err := h.pays(ctx, money, o, key("receipt", name)); err != nil {
			return err
		}
	}
	return nil
}

func (h House) pays(ctx context.Context, money *finance.Service, o ordering.Order, k idem.Key) error {
	cashier := finance.Caller{Scope: scope.Everything(), Key: k}
	_, err := money.Receive(ctx, cashier, finance.NewReceipt{
		Customer: o.Customer, Tenders: []finance.Tender{{Account: finance.Bank, Amount: o.Total}},
	})
	if err != nil {
		return fmt.Errorf("receipt: %w", err)
	}
	return nil
}
