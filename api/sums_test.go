package api_test

import (
	"errors"
	"testing"

	"beatplan/api"
	"beatplan/business"
)

// A list is counted and summed up as long as that costs little, on its first page.
func TestASumEndsWhereItCostsTooMuch(t *testing.T) {
	asked := 0
	page := func(q api.PageQuery, n int64, fails error) (api.Page[int], *int64, error) {
		return api.SumPage(q, func(row int) int { return 10 * row },
			func() ([]int, *int, error) { last := 2; return []int{1, 2}, &last, nil },
			func() (int64, business.Money, error) { asked++; return n, 77, fails })
	}
	p, sum, err := page(api.PageQuery{}, business.SumLimit, nil)
	if err != nil || p.Total == nil || *p.Total != business.SumLimit || sum == nil || *sum != 77 {
		t.Errorf("within the bound: %+v %v %v", p, sum, err)
	}
	p, sum, err = page(api.PageQuery{}, business.SumLimit+1, nil)
	if err != nil || p.Total != nil || sum != nil || len(p.Items) != 2 || p.Items[1] != 20 || p.Next == nil {
		t.Errorf("beyond it: %+v %v %v", p, sum, err)
	}
	if p, sum, err = page(api.PageQuery{After: "x"}, 5, nil); err != nil || p.Total != nil || sum != nil || asked != 2 {
		t.Errorf("a later page: %+v %v %v, counted %d times", p, sum, err, asked)
	}
	broken := errors.New("no")
	if _, _, err = page(api.PageQuery{}, 0, broken); !errors.Is(err, broken) {
		t.Error(err)
	}
}
