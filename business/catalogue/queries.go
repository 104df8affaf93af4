package catalogue

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Products returns the products under a filter by name, and the cursor of the
// next page, nil on the last.
func (s *Service) Products(ctx context.Context, f Filter) ([]Product, *Cursor, error) {
	found, more, err := db.Page[Product](ctx, s.DB, sqlList, db.PageSize(f.Limit), f.args())
	if err != nil {
		return nil, nil, fmt.Errorf("list products: %w", err)
	}
	if !more {
		return found, nil, nil
	}
	last := found[len(found)-1]
	return found, &Cursor{last.Name, last.ID}, nil
}

// Count counts the products under a filter.
func (s *Service) Count(ctx context.Context, f Filter) (int64, error) {
	var n int64
	err := s.DB.QueryRow(ctx, sqlCount, db.PlanEachTime, f.args()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count products: %w", err)
	}
	return n, nil
}

func (f Filter) args() pgx.NamedArgs {
	var words []string
	for _, w := range strings.Fields(fold(f.Words)) {
		w = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w)
		words = append(words, "%"+w+"%")
	}
	return pgx.NamedArgs{
		"words": words, "category": f.Category, "inactive": f.Inactive,
		"after_name": f.After.Name, "after_id": f.After.ID,
	}
}

// Product returns one product. It fails with ErrNoProduct.
func (s *Service) Product(ctx context.Context, id business.ProductID) (Product, error) {
	return product(ctx, s.DB, sqlProduct, id)
}

// ProductsFor returns the products of these ids, codes or barcodes, inactive ones
// too. Codes are compared in capitals.
func (s *Service) ProductsFor(
	ctx context.Context, q db.Querier, ids []business.ProductID, codes []string,
) ([]Product, error) {
	rows, err := q.Query(ctx, sqlFor, pgx.NamedArgs{"ids": ids, "codes": codes})
	if err != nil {
		return nil, fmt.Errorf("read products: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Product])
}

// Categories returns the whole tree by name, with the number of products in each
// category and below it.
func (s *Service) Categories(ctx context.Context) ([]Category, error) {
	rows, err := s.DB.Query(ctx, sqlCategories)
	if err != nil {
		return nil, fmt.Errorf("list categories: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Category])
}
