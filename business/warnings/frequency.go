package warnings

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"beatplan/business"
)

// Frequency is how often the customers of a salesperson were visited in a period, by
// anybody, beside how often their cycles ask for it. A customer whose cycle asks for no
// visit yet, because it is longer than the time since it was assigned, is left out.
type Frequency struct {
	Owner     business.PersonID // who has the customers now; 0: nobody
	OwnerName string
	Customers int // of them Met + Short + Never
	Asked     int // visits that the cycles ask for
	Made      int // days with a valid visit
	Kept      int // of the visits asked, those made: of each customer at most as many as asked
	Met       int // customers visited as often as asked, or oftener
	Short     int // visited, and not often enough
	Never     int // not visited at all
}

// asks is how many visits a cycle asks for in a period: one in each whole cycle since
// the customer was assigned, or visited when that was earlier.
func (r clockRow) asks(q CycleQuery, assigned business.Date, visited *Gap) int {
	from := assigned
	if visited != nil && (assigned.IsZero() || visited.First.Before(assigned)) {
		from = visited.First
	}
	if from.Before(q.From) {
		from = q.From
	}
	return max(0, q.To.Sub(from)+1) / max(1, r.Threshold)
}

// add counts a customer with its days of visits.
func (f *Frequency) add(asked, made int) {
	f.Customers++
	f.Asked, f.Made, f.Kept = f.Asked+asked, f.Made+made, f.Kept+min(asked, made)
	switch {
	case made >= asked:
		f.Met++
	case made > 0:
		f.Short++
	default:
		f.Never++
	}
}

// Frequencies compares the visits of a period with the cycles, by salesperson.
// O(customers in scope). It fails with ErrNoPerson.
func (s *Service) Frequencies(
	ctx context.Context, c Caller, q CycleQuery,
) ([]Frequency, error) {
	if err := s.sees(c, q.Person); err != nil {
		return nil, err
	}
	by := map[business.PersonID]*Frequency{}
	var samples []business.CustomerID // the first customer of each salesperson
	first := map[business.CustomerID]business.PersonID{}
	err := s.eachVisitPage(ctx, c, q.Person, func(page []clockRow) error {
		gaps, _, err := s.gapsOf(ctx, page, q)
		if err != nil {
			return err
		}
		visited := make(map[business.CustomerID]*Gap, len(gaps))
		for _, g := range gaps {
			visited[g.Customer] = &g
		}
		assigned, err := s.assignedOn(ctx, page)
		if err != nil {
			return err
		}
		for _, r := range page {
			made, seen := 0, visited[r.CustomerID]
			if seen != nil {
				made = seen.Days
			}
			asked := r.asks(q, assigned[r.CustomerID], seen)
			if asked == 0 {
				continue
			}
			if by[r.OwnerID] == nil {
				by[r.OwnerID] = &Frequency{Owner: r.OwnerID}
				samples, first[r.CustomerID] = append(samples, r.CustomerID), r.OwnerID
			}
			by[r.OwnerID].add(asked, made)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cards, err := s.Customers.Cards(ctx, s.DB, samples)
	if err != nil {
		return nil, fmt.Errorf("names of owners: %w", err)
	}
	for _, card := range cards {
		by[first[card.ID]].OwnerName = card.OwnerName
	}
	out := make([]Frequency, 0, len(by))
	for _, f := range by {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Frequency) int { return cmp.Compare(a.Owner, b.Owner) })
	return out, nil
}

// assignedOn is when the customers of a page were assigned to whoever has them.
func (s *Service) assignedOn(
	ctx context.Context, page []clockRow,
) (map[business.CustomerID]business.Date, error) {
	ids := make([]business.CustomerID, len(page))
	for i, r := range page {
		ids[i] = r.CustomerID
	}
	facts, err := s.Customers.Facts(ctx, s.DB, ids)
	if err != nil {
		return nil, fmt.Errorf("when customers were assigned: %w", err)
	}
	out := make(map[business.CustomerID]business.Date, len(facts))
	for _, f := range facts {
		out[f.ID] = f.AssignedOn
	}
	return out, nil
}
