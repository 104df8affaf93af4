package demo

import (
	"context"
	"fmt"

	"beatplan/business/visits"
)

// steps sets up what is looked at during every visit, so that the phone shows it.
func (h House) steps(ctx context.Context, lead worker) error {
	err := h.Visits.SetForm(ctx, lead.caller(), visits.Form{
		Name: "shelf", Kind: "shelf", Title: "货架检查 Shelf check", Active: true, Place: 1,
		Fields: []visits.Field{
			{Name: "facings", Label: "我们的排面数 Our facings", Type: visits.Number, Required: true},
			{Name: "labels", Label: "价签齐全 Price labels in place", Type: visits.YesNo},
			{Name: "place", Label: "陈列位置 Where on the shelf", Type: visits.Choice,
				Options: []string{"上 top", "中 middle", "下 bottom"}},
			{Name: "rivals", Label: "竞品动态 What rivals do", Type: visits.Text},
		},
	})
	if err != nil {
		return fmt.Errorf("steps of visits: %w", err)
	}
	return nil
}
