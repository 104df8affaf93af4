package app

import (
	"fmt"
	"maps"
)

// tick is a document and what a phone collects of it.
type tick struct {
	deal  *deal
	item  int64
	cents int64
}

// slip is money that a phone handed in.
type slip struct {
	id    int64
	ticks []tick
	state string // open, approved, rejected
}

// debt is what is open of a document, and what of it waits for finance.
type debt struct{ open, waits int64 }

// waits is what of a document was handed in and not looked at.
func (b *book) waits(d *deal) int64 {
	var sum int64
	for _, s := range b.slips {
		for _, t := range s.ticks {
			if t.deal == d && s.state == "open" {
				sum += t.cents
			}
		}
	}
	return sum
}

// debts lists the open documents, of one shop or of all, by their note.
func (b *book) debts(of *outlet) map[int64]debt {
	out := map[int64]debt{}
	for _, d := range b.issued {
		if d.open > 0 && (of == nil || d.shop == of) {
			out[d.note] = debt{d.open, b.waits(d)}
		}
	}
	return out
}

// settle pays the oldest documents of a shop first.
func (b *book) settle(s *outlet, cents int64) {
	for _, d := range b.issued {
		if d.shop == s {
			part := min(cents, d.open)
			d.open, cents = d.open-part, cents-part
		}
	}
}

// unpaidList is the list of open documents as it is answered.
type unpaidList struct {
	Items []struct {
		ID        int64 `json:"id"`
		Note      int64 `json:"note_id"`
		Open      int64 `json:"open_cents"`
		Submitted int64 `json:"submitted_cents"`
	} `json:"items"`
	Total int64 `json:"total"`
	Open  int64 `json:"open_cents"`
}

// sameDebts compares a list of open documents with the account.
func (m *month) sameDebts(what string, list unpaidList, want map[int64]debt) {
	m.t.Helper()
	have, open := map[int64]debt{}, int64(0)
	for _, it := range list.Items {
		have[it.Note] = debt{it.Open, it.Submitted}
		open += it.Open
	}
	if !maps.Equal(have, want) || int(list.Total) != len(want) || list.Open != open {
		m.t.Errorf("%s: %v, should be %v; %d of %d in all", what, have, want, list.Open, list.Total)
	}
}

// asked is what a phone lists of one of the seller's shops that owe something, with
// what the shop pays now.
func (m *month) asked(s *seller) []tick {
	m.t.Helper()
	var owing []*outlet
	for _, d := range m.issued {
		if d.open > 0 && d.shop.owner == s {
			owing = append(owing, d.shop)
		}
	}
	if len(owing) == 0 {
		return nil
	}
	shop := owing[m.rng.IntN(len(owing))]
	var list unpaidList
	m.read(&s.token, true, fmt.Sprintf("/v1/unpaid?customer=%d", shop.id), &list)
	m.sameDebts(fmt.Sprint("shop ", shop.id), list, m.debts(shop))
	var out []tick
	for _, it := range list.Items {
		left := it.Open - it.Submitted
		for _, d := range m.issued {
			if d.note == it.Note && left > 0 && len(out) < 3 {
				out = append(out, tick{d, it.ID, left - m.rng.Int64N(2)*m.rng.Int64N(left)})
			}
		}
	}
	return out
}

// handIn sends what the phone collected; the office may have settled it meanwhile.
func (m *month) handIn(s *seller, ticks []tick) {
	m.t.Helper()
	if len(ticks) == 0 {
		return
	}
	want, sum := "", int64(0)
	var rows []map[string]any
	for _, t := range ticks {
		if want == "" && t.cents > t.deal.open-m.waits(t.deal) {
			want = "finance.paid"
		}
		sum += t.cents
		rows = append(rows, map[string]any{"item_id": t.item, "amount_cents": t.cents})
	}
	for _, t := range ticks { // nobody's business any more
		if t.deal.shop.owner != s && t.deal.owner != s {
			want = "finance.no_such_item"
		}
	}
	a := m.post(&s.token, true, "/v1/collections", map[string]any{"ticks": rows,
		"tenders": []map[string]any{{"account": "1012", "amount_cents": sum}}}, want)
	if want == "" {
		m.slips = append(m.slips, &slip{a.Submission, ticks, "open"})
	} else {
		m.conflicts++
	}
}

// check is what finance makes of the money that was handed in.
func (m *month) check() {
	m.t.Helper()
	for _, s := range m.slips {
		chance := m.rng.IntN(10)
		switch {
		case s.state != "open" || chance > 7:
			continue
		case chance > 5:
			m.post(&m.root, false, fmt.Sprintf("/v1/submissions/%d/reject", s.id), map[string]any{"reason": "ten short"}, "")
			s.state = "rejected"
			continue
		}
		want := ""
		for _, t := range s.ticks {
			if t.cents > t.deal.open {
				want = "finance.paid"
			}
		}
		m.post(&m.root, false, fmt.Sprintf("/v1/submissions/%d/approve", s.id), nil, want)
		if want != "" {
			m.conflicts++
			continue
		}
		s.state = "approved"
		r := receipt{s.ticks[0].deal.shop, "1012", 0}
		for _, t := range s.ticks {
			t.deal.open -= t.cents
			r.cents += t.cents
		}
		m.receipts = append(m.receipts, r)
	}
}

// sameDocuments compares everything that is open, and the states of what was handed in.
func (m *month) sameDocuments() {
	m.t.Helper()
	var list unpaidList
	m.read(&m.root, false, "/v1/unpaid?limit=2000", &list)
	m.sameDebts("everybody", list, m.debts(nil))
	for _, s := range m.shops {
		var open int64
		for _, d := range m.debts(s) {
			open += d.open
		}
		if open != m.owed(s) {
			m.t.Errorf("shop %d: the account has %d open and %d owed", s.id, open, m.owed(s))
		}
	}
	states := map[string]int64{}
	for _, s := range m.slips {
		states[s.state]++
	}
	for _, state := range []string{"open", "approved", "rejected"} {
		var page struct {
			Total int64 `json:"total"`
		}
		m.read(&m.root, false, "/v1/submissions?state="+state, &page)
		if page.Total != states[state] || page.Total == 0 {
			m.t.Errorf("%d submissions are %s, should be %d", page.Total, state, states[state])
		}
	}
	if m.conflicts == 0 {
		m.t.Error("nothing that was collected was settled meanwhile")
	}
}
