package catalogue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/sheet"
)

// Audit keeps what every command did, in the command's transaction.
type Audit interface {
	// Record writes one change to the trail.
	Record(ctx context.Context, tx db.Tx, by business.Actor, c business.Change) error
}

// Service is the catalogue of one company. It is safe for concurrent use; all
// fields are required.
type Service struct {
	DB    *db.DB
	Clock clock.Clock
	Audit Audit
}

// Create adds a product and gives it a code. It fails with ErrInvalid,
// ErrDuplicate or ErrNoCategory.
func (s *Service) Create(ctx context.Context, by By, f Fields) (Product, error) {
	return once(ctx, s, by, f, func(tx db.Tx) (Product, error) { return s.create(ctx, tx, by, f) })
}

func once[T any](
	ctx context.Context, s *Service, by By, request any, fn func(tx db.Tx) (T, error),
) (T, error) {
	var out T
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		var err error
		out, err = idem.Once(ctx, tx, int64(by.Actor.Person), by.Key,
			map[string]any{"what": fmt.Sprintf("%T", request), "request": request},
			func() (T, error) { return fn(tx) })
		return err
	})
	return out, err
}

func (s *Service) create(ctx context.Context, tx db.Tx, by By, f Fields) (Product, error) {
	f = tidy(f)
	if err := check(f); err != nil {
		return Product{}, err
	}
	code, err := nextCode(ctx, tx, f.Category)
	if err != nil {
		return Product{}, err
	}
	var id business.ProductID
	err = tx.QueryRow(ctx, sqlInsert, saved(f, code, by.Actor.Person, s.Clock.Now())).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Product{}, ErrDuplicate.With("name", f.Name)
	}
	if err != nil {
		return Product{}, fmt.Errorf("save product: %w", err)
	}
	p, err := product(ctx, tx, sqlProduct, id)
	if err != nil {
		return Product{}, err
	}
	return p, s.Audit.Record(ctx, tx, by.Actor, business.Change{
		Action: "catalogue.product.created", Object: "product", ID: int64(id), After: p,
	})
}

// Update replaces what is said of the product when it still has the given
// version. The code stays. It fails with ErrNoProduct, ErrChanged, ErrInvalid,
// ErrDuplicate or ErrNoCategory.
func (s *Service) Update(
	ctx context.Context, by business.Actor, id business.ProductID, version int64, f Fields,
) (Product, error) {
	f = tidy(f)
	if err := check(f); err != nil {
		return Product{}, err
	}
	var after Product
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		before, err := product(ctx, tx, sqlLock, id)
		if err != nil {
			return err
		}
		if before.Version != version {
			return ErrChanged.With("version", before.Version)
		}
		if f.Category != 0 {
			if _, err := category(ctx, tx, f.Category); err != nil {
				return err
			}
		}
		args := saved(f, before.Code, by.Person, s.Clock.Now())
		args["id"] = id
		if _, err := tx.Exec(ctx, sqlUpdate, args); err != nil {
			if db.Violates(err, "product_name_spec_unit_key") {
				return ErrDuplicate.With("name", f.Name)
			}
			return fmt.Errorf("save product %d: %w", id, err)
		}
		if after, err = product(ctx, tx, sqlProduct, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "catalogue.product.updated", Object: "product", ID: int64(id),
			Before: before, After: after,
		})
	})
	return after, err
}

// NewCategory is a category to be made, or what one becomes.
type NewCategory struct {
	Parent business.CategoryID // 0: at the top
	Name   string
	Prefix string // 1 to 6 capital letters
}

// CreateCategory adds a category. It fails with ErrInvalid, ErrNoCategory or
// ErrCategoryTaken.
func (s *Service) CreateCategory(ctx context.Context, by By, in NewCategory) (Category, error) {
	return once(ctx, s, by, in, func(tx db.Tx) (Category, error) {
		return s.saveCategory(ctx, tx, by.Actor, 0, in)
	})
}

// ChangeCategory renames or moves a category with all that is below it. Codes
// that were given stay. It fails like CreateCategory, and with ErrChanged or
// ErrCycle.
func (s *Service) ChangeCategory(
	ctx context.Context, by business.Actor, id business.CategoryID, version int64, in NewCategory,
) (Category, error) {
	var out Category
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		if _, err := tx.Exec(ctx, sqlLockTree); err != nil {
			return fmt.Errorf("lock categories: %w", err)
		}
		old, err := category(ctx, tx, id)
		if err != nil {
			return err
		}
		if old.Version != version {
			return ErrChanged.With("version", old.Version)
		}
		out, err = s.saveCategory(ctx, tx, by, id, in)
		return err
	})
	return out, err
}

func (s *Service) saveCategory(
	ctx context.Context, tx db.Tx, by business.Actor, id business.CategoryID, in NewCategory,
) (Category, error) {
	in.Name, in.Prefix = strings.TrimSpace(in.Name), strings.ToUpper(strings.TrimSpace(in.Prefix))
	if err := checkCategory(in.Name, in.Prefix); err != nil {
		return Category{}, err
	}
	args := pgx.NamedArgs{"id": id, "parent": in.Parent, "name": in.Name, "prefix": in.Prefix}
	if in.Parent != 0 {
		if _, err := category(ctx, tx, in.Parent); err != nil {
			return Category{}, err
		}
		var below bool
		if err := tx.QueryRow(ctx, sqlIsBelow, args).Scan(&below); err != nil {
			return Category{}, fmt.Errorf("place of category %d: %w", id, err)
		}
		if below {
			return Category{}, ErrCycle
		}
	}
	var err error
	action := "catalogue.category.changed"
	if id == 0 {
		action = "catalogue.category.created"
		err = tx.QueryRow(ctx, sqlInsertCategory, args).Scan(&id)
	} else {
		_, err = tx.Exec(ctx, sqlUpdateCategory, args)
	}
	if db.Violates(err, "category_parent_id_name_key") {
		return Category{}, ErrCategoryTaken.With("name", in.Name)
	}
	if err != nil {
		return Category{}, fmt.Errorf("save category: %w", err)
	}
	c, err := category(ctx, tx, id)
	if err != nil {
		return Category{}, err
	}
	return c, s.Audit.Record(ctx, tx, by, business.Change{
		Action: action, Object: "category", ID: int64(id), After: c,
	})
}

const maxFaults = 500

// Import reads a CSV or XLSX whose first row names the columns, and creates the
// good rows; a row with a fault, or of a product that exists, is refused by line.
// It fails with ErrColumns or what sheet refuses; nothing is created then.
func (s *Service) Import(ctx context.Context, by By, file []byte) (Imported, error) {
	table, err := sheet.Open(file)
	if err != nil {
		return Imported{}, err
	}
	return once(ctx, s, by, file, func(tx db.Tx) (Imported, error) {
		out := Imported{Faults: []Fault{}}
		var columns map[string]int
		for row, err := range table.Rows() {
			if err != nil {
				return out, err
			}
			if columns == nil {
				if columns, err = headings(row.Cells); err != nil {
					return out, err
				}
				continue
			}
			out.Rows++
			if err := s.importRow(ctx, tx, by, reader{columns, row.Cells}); err != nil {
				faults := faultsOf(row.Line, err)
				if faults == nil {
					return out, err
				}
				out.Refused++
				out.Faults = append(out.Faults, faults...)
				out.Faults = out.Faults[:min(len(out.Faults), maxFaults)]
				continue
			}
			out.Created++
		}
		return out, nil
	})
}

func headings(cells []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, c := range cells {
		if name := column(c); name != "" {
			columns[name] = i
		}
	}
	for _, needed := range []string{"name", "unit", "price"} {
		if _, ok := columns[needed]; !ok {
			return nil, ErrColumns.With("column", needed)
		}
	}
	return columns, nil
}

// reader finds the cells of a row by the name of their column.
type reader struct {
	columns map[string]int
	cells   []string
}

func (r reader) cell(name string) string {
	if i, ok := r.columns[name]; ok && i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

func (s *Service) importRow(ctx context.Context, tx db.Tx, by By, r reader) error {
	f := Fields{
		Name: r.cell("name"), Spec: r.cell("spec"), Unit: r.cell("unit"), Bin: r.cell("bin"),
		Barcode: r.cell("barcode"), Active: true,
	}
	var err error
	if f.Price, err = business.ParseMoney(r.cell("price")); err != nil {
		return ErrInvalid.WithField("price", "number", "The price is no amount.")
	}
	if text := strings.TrimSuffix(r.cell("tax"), "%"); text != "" {
		percent, err := business.ParseMoney(text)
		if err != nil {
			return ErrInvalid.WithField("tax", "number", "The tax is no percentage.")
		}
		f.TaxBP = int(percent)
	}
	if text := r.cell("decimals"); text != "" {
		if f.Decimals, err = strconv.Atoi(text); err != nil {
			return ErrInvalid.WithField("decimals", "number", "The decimals are no number.")
		}
	}
	if name := r.cell("category"); name != "" {
		err := tx.QueryRow(ctx, sqlCategoryNamed, pgx.NamedArgs{"name": name}).Scan(&f.Category)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrInvalid.WithField("category", "unknown", "There is no category of this name.")
		}
		if err != nil {
			return fmt.Errorf("category %q: %w", name, err)
		}
	}
	_, err = s.create(ctx, tx, by, f)
	return err
}
