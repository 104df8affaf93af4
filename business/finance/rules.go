package finance

import (
	"fmt"
	"slices"

	"beatplan/business"
)

const (
	maxTicks   = 500
	maxTenders = 20
	maxText    = 1000
)

// balanced refuses a journal that is none; only a fault of ours makes one.
func balanced(lines []Posting) error {
	var sum business.Money
	for _, l := range lines {
		if l.Amount == 0 {
			return fmt.Errorf("a line of 0 on account %s", l.Account)
		}
		if (l.Account == Receivables) != (l.Customer != 0) {
			return fmt.Errorf("account %s with customer %d", l.Account, l.Customer)
		}
		sum += l.Amount
	}
	if len(lines) < 2 || sum != 0 {
		return fmt.Errorf("a journal of %d lines that adds up to %v", len(lines), sum)
	}
	return nil
}

// issueLines books goods that went out.
func issueLines(i Issue) []Posting {
	lines := []Posting{{Receivables, i.Customer, i.Value}}
	if net := i.Value - i.Tax; net != 0 {
		lines = append(lines, Posting{Sales, 0, -net})
	}
	if i.Tax != 0 {
		lines = append(lines, Posting{OutputTax, 0, -i.Tax})
	}
	return lines
}

// receiptLines books money that came in.
func receiptLines(c business.CustomerID, tenders []Tender) []Posting {
	var lines []Posting
	var sum business.Money
	for _, t := range tenders {
		lines = append(lines, Posting{t.Account, 0, t.Amount})
		sum += t.Amount
	}
	return append(lines, Posting{Receivables, c, -sum})
}

// mirrored is the reversal of lines.
func mirrored(lines []Posting) []Posting {
	out := slices.Clone(lines)
	for i := range out {
		out[i].Amount = -out[i].Amount
	}
	return out
}

// sumOf adds tenders up; it refuses none, too many, and amounts that are not.
func sumOf(tenders []Tender) (business.Money, error) {
	if len(tenders) == 0 || len(tenders) > maxTenders {
		return 0, ErrAmount.Saying("A receipt has 1 to 20 kinds of payment.")
	}
	var sum business.Money
	for i, t := range tenders {
		if t.Amount <= 0 || t.Amount > business.MaxMoney {
			return 0, ErrAmount.WithField(fmt.Sprintf("tenders[%d].amount_cents", i), "range",
				"The amount is more than 0.")
		}
		sum += t.Amount
	}
	return sum, nil
}

// pay says what each tick pays of its item: what it asks for, or all that is open.
func pay(ticks []Tick, items map[int64]Item) ([]Tick, business.Money, error) {
	if len(ticks) > maxTicks {
		return nil, 0, ErrAmount.Saying("At most 500 documents are settled at once.")
	}
	out := make([]Tick, 0, len(ticks))
	seen := map[int64]bool{}
	var sum business.Money
	for _, t := range ticks {
		item, ok := items[t.Item]
		if !ok {
			return nil, 0, ErrNoItem.With("item_id", t.Item)
		}
		if t.Amount == 0 {
			t.Amount = item.Open
		}
		if seen[t.Item] || t.Amount <= 0 || t.Amount > item.Open {
			return nil, 0, ErrPaid.With("number", item.Number).With("open_cents", int64(item.Open))
		}
		seen[t.Item] = true
		sum += t.Amount
		out = append(out, t)
	}
	return out, sum, nil
}

// oldestFirst spreads an amount over items in the order of their due day.
func oldestFirst(amount business.Money, items []Item) []Tick {
	var out []Tick
	for _, it := range items {
		if part := min(amount, it.Open); part > 0 {
			out = append(out, Tick{it.ID, part})
			amount -= part
		}
	}
	return out
}

// take splits off the tenders that make up an amount.
func take(tenders []Tender, amount business.Money) (taken, left []Tender) {
	for _, t := range tenders {
		part := min(t.Amount, amount)
		if part > 0 {
			taken = append(taken, Tender{t.Account, part})
			amount -= part
		}
		if rest := t.Amount - part; rest > 0 {
			left = append(left, Tender{t.Account, rest})
		}
	}
	return taken, left
}

func checkSettings(s Settings) error {
	if s.TermDays < 0 || s.TermDays > 365 {
		return ErrSettings.WithField("term_days", "range", "A term has 0 to 365 days.")
	}
	return nil
}

func checkTerms(limit *business.Money, term *int) error {
	if limit != nil && (*limit < 0 || *limit > business.MaxMoney) {
		return ErrSettings.WithField("limit_cents", "range", "The limit is out of bounds.")
	}
	if term != nil && (*term < 0 || *term > 365) {
		return ErrSettings.WithField("term_days", "range", "A term has 0 to 365 days.")
	}
	return nil
}
