// Package catalogueapi is the HTTP surface of business/catalogue: products,
// categories, import and export.
package catalogueapi

import (
	"context"
	"net/http"
	"time"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/catalogue"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// maxImport bounds an uploaded table, in bytes.
const maxImport = 10 << 20

// Mount registers the operations on a.
func Mount(a *api.API, s *catalogue.Service) {
	m := mount{a, s}
	m.products()
	m.categories()
	m.files()
}

type mount struct {
	a *api.API
	s *catalogue.Service
}

func op(id, summary string, p business.Permission, own ...*fail.Error) api.Op {
	return api.Op{ID: id, Summary: summary, Tags: []string{"Products"}, Perm: p, Problems: own}
}

func (m mount) products() {
	api.Get(m.a, "/v1/products", op("list-products", "List products by name",
		business.ProductsRead, api.ErrCursor), m.list)
	api.Get(m.a, "/v1/products/{id}", op("get-product", "Read a product",
		business.ProductsRead, catalogue.ErrNoProduct), m.get)
	create := op("create-product", "Add a product; its code is generated", business.ProductsWrite,
		catalogue.ErrInvalid, catalogue.ErrDuplicate, catalogue.ErrNoCategory)
	create.Command, create.Status = true, http.StatusCreated
	api.Post(m.a, "/v1/products", create, m.create)
	api.Put(m.a, "/v1/products/{id}", op("save-product", "Replace what is said of a product",
		business.ProductsWrite, catalogue.ErrInvalid, catalogue.ErrDuplicate, catalogue.ErrNoProduct,
		catalogue.ErrNoCategory, catalogue.ErrChanged, api.ErrIfMatch), m.save)
	up := op("import-products", "Import products from a CSV or XLSX, row by row",
		business.ProductsWrite, catalogue.ErrColumns, sheet.ErrEmpty, sheet.ErrUnreadable,
		sheet.ErrOldFormat, sheet.ErrTooLarge)
	up.Description = "The body is the file. Its first row names the columns: name, spec, unit, price, " +
		"tax, category, bin, barcode, decimals (or 名称, 规格, 单位, 单价, 税率, 分类, 货位, 条码, 小数位). " +
		"Good rows are created, the others refused by line."
	up.Command, up.MaxBody, up.ReadTimeout = true, maxImport, time.Minute
	api.Post(m.a, "/v1/product-imports", up, m.imports)
}

func (m mount) categories() {
	api.Get(m.a, "/v1/product-categories", op("list-product-categories",
		"List the tree of categories with the products in and below each",
		business.ProductsRead), m.tree)
	create := op("create-product-category", "Add a category", business.ProductsWrite,
		catalogue.ErrInvalid, catalogue.ErrNoCategory, catalogue.ErrCategoryTaken)
	create.Command, create.Status = true, http.StatusCreated
	api.Post(m.a, "/v1/product-categories", create, m.createCategory)
	api.Put(m.a, "/v1/product-categories/{id}", op("save-product-category",
		"Rename or move a category with all below it", business.ProductsWrite,
		catalogue.ErrInvalid, catalogue.ErrNoCategory, catalogue.ErrCategoryTaken,
		catalogue.ErrCycle, catalogue.ErrChanged, api.ErrIfMatch), m.saveCategory)
}

func (m mount) files() {
	m.a.Export("/v1/products/export.{format}", op("export-products",
		"Export the products under a filter as CSV or XLSX", business.ProductsRead),
		[]string{"q", "category", "inactive"}, m.export)
}

// Product is one thing that is sold.
type Product struct {
	ID       business.ProductID  `json:"id"`
	Code     string              `json:"code" example:"DR00012"`
	Version  int64               `json:"version"`
	PricedAt time.Time           `json:"priced_at" doc:"Since when the price holds"`
	Name     string              `json:"name"`
	Spec     string              `json:"spec"`
	Unit     string              `json:"unit"`
	Decimals int                 `json:"decimals" doc:"Of a quantity, 0 to 3"`
	Category business.CategoryID `json:"category_id" doc:"0: none"`
	Bin      string              `json:"bin" doc:"Where it lies in the warehouse"`
	Barcode  string              `json:"barcode"`
	Price    int64               `json:"price_cents" doc:"List price of one unit, tax included"`
	TaxBP    int                 `json:"tax_bp" doc:"Basis points: 1300 is 13 %"`
	Active   bool                `json:"active"`
}

// ProductIn says what a product is.
type ProductIn struct {
	Name     string              `json:"name" minLength:"1" maxLength:"200"`
	Spec     string              `json:"spec,omitempty" maxLength:"200"`
	Unit     string              `json:"unit" minLength:"1" maxLength:"20"`
	Decimals int                 `json:"decimals,omitempty" minimum:"0" maximum:"3"`
	Category business.CategoryID `json:"category_id,omitempty" minimum:"0"`
	Bin      string              `json:"bin,omitempty" maxLength:"40"`
	Barcode  string              `json:"barcode,omitempty" maxLength:"40"`
	Price    int64               `json:"price_cents" minimum:"0" maximum:"1000000000"`
	TaxBP    int                 `json:"tax_bp,omitempty" minimum:"0" maximum:"5000"`
	Active   bool                `json:"active"`
}

func (p ProductIn) fields() catalogue.Fields {
	return catalogue.Fields{
		Name: p.Name, Spec: p.Spec, Unit: p.Unit, Decimals: p.Decimals, Category: p.Category,
		Bin: p.Bin, Barcode: p.Barcode, Price: business.Money(p.Price), TaxBP: p.TaxBP, Active: p.Active,
	}
}

func view(p catalogue.Product) Product {
	return Product{
		ID: p.ID, Code: p.Code, Version: p.Version, PricedAt: p.PricedAt, Name: p.Name, Spec: p.Spec,
		Unit: p.Unit, Decimals: p.Decimals, Category: p.Category, Bin: p.Bin, Barcode: p.Barcode,
		Price: int64(p.Price), TaxBP: p.TaxBP, Active: p.Active,
	}
}

type (
	listIn struct {
		api.PageQuery
		Q        string              `query:"q" maxLength:"200" doc:"Words of code, name, specification, barcode"`
		Category business.CategoryID `query:"category" minimum:"0" doc:"And all below it"`
		Inactive bool                `query:"inactive" doc:"Inactive ones too"`
	}
	listOut struct{ Body api.Page[Product] }
	getIn   struct {
		ID business.ProductID `path:"id" minimum:"1"`
	}
	productOut struct {
		ETag string `header:"ETag"`
		Body Product
	}
	createIn struct{ Body ProductIn }
	saveIn   struct {
		api.IfMatch
		ID   business.ProductID `path:"id" minimum:"1"`
		Body ProductIn
	}
)

func (m mount) list(ctx context.Context, in *listIn) (*listOut, error) {
	f := catalogue.Filter{Words: in.Q, Category: in.Category, Inactive: in.Inactive, Limit: in.Limit}
	if err := api.DecodeAfter(in.After, &f.After); err != nil {
		return nil, err
	}
	rows, cursor, err := m.s.Products(ctx, f)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	if in.After == "" {
		if total, err = m.s.Count(ctx, f); err != nil {
			return nil, err
		}
	}
	next := ""
	if cursor != nil {
		if next, err = api.EncodeAfter(cursor); err != nil {
			return nil, err
		}
	}
	items := make([]Product, len(rows))
	for i, p := range rows {
		items[i] = view(p)
	}
	return &listOut{api.NewPage(items, next, total)}, nil
}

func shown(p catalogue.Product, err error) (*productOut, error) {
	if err != nil {
		return nil, err
	}
	return &productOut{api.ETag(p.Version), view(p)}, nil
}

func (m mount) get(ctx context.Context, in *getIn) (*productOut, error) {
	return shown(m.s.Product(ctx, in.ID))
}

func by(ctx context.Context) catalogue.By {
	return catalogue.By{Actor: api.Actor(ctx), Key: api.IdemKey(ctx)}
}

func (m mount) create(ctx context.Context, in *createIn) (*productOut, error) {
	return shown(m.s.Create(ctx, by(ctx), in.Body.fields()))
}

func (m mount) save(ctx context.Context, in *saveIn) (*productOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return shown(m.s.Update(ctx, api.Actor(ctx), in.ID, version, in.Body.fields()))
}

type (
	importIn struct {
		RawBody []byte `contentType:"application/octet-stream"`
	}
	importOut struct{ Body catalogue.Imported }
)

func (m mount) imports(ctx context.Context, in *importIn) (*importOut, error) {
	done, err := m.s.Import(ctx, by(ctx), in.RawBody)
	if err != nil {
		return nil, err
	}
	return &importOut{done}, nil
}

// Category is a node of the tree.
type Category struct {
	ID       business.CategoryID `json:"id"`
	Parent   business.CategoryID `json:"parent_id" doc:"0: at the top"`
	Name     string              `json:"name"`
	Prefix   string              `json:"prefix" doc:"Of the codes of new products"`
	Version  int64               `json:"version"`
	Own      int64               `json:"own_products"`
	Products int64               `json:"products" doc:"In it and below"`
}

// CategoryIn says what a category is and where it stands.
type CategoryIn struct {
	Parent business.CategoryID `json:"parent_id,omitempty" minimum:"0"`
	Name   string              `json:"name" minLength:"1" maxLength:"100"`
	Prefix string              `json:"prefix" pattern:"^[A-Z]{1,6}$" example:"DR"`
}

type (
	treeOut        struct{ Body []Category }
	categoryOut    struct{ Body Category }
	categoryIn     struct{ Body CategoryIn }
	saveCategoryIn struct {
		api.IfMatch
		ID   business.CategoryID `path:"id" minimum:"1"`
		Body CategoryIn
	}
)

func categoryView(c catalogue.Category) Category {
	return Category{c.ID, c.Parent, c.Name, c.Prefix, c.Version, c.Own, c.Products}
}

func (m mount) tree(ctx context.Context, _ *struct{}) (*treeOut, error) {
	found, err := m.s.Categories(ctx)
	if err != nil {
		return nil, err
	}
	out := &treeOut{Body: make([]Category, len(found))}
	for i, c := range found {
		out.Body[i] = categoryView(c)
	}
	return out, nil
}

func (m mount) createCategory(ctx context.Context, in *categoryIn) (*categoryOut, error) {
	c, err := m.s.CreateCategory(ctx, by(ctx), catalogue.NewCategory(in.Body))
	if err != nil {
		return nil, err
	}
	return &categoryOut{categoryView(c)}, nil
}

func (m mount) saveCategory(ctx context.Context, in *saveCategoryIn) (*categoryOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := m.s.ChangeCategory(ctx, api.Actor(ctx), in.ID, version, catalogue.NewCategory(in.Body))
	if err != nil {
		return nil, err
	}
	return &categoryOut{categoryView(c)}, nil
}

func (m mount) export(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := catalogue.Filter{Words: q.Get("q"), Category: business.CategoryID(api.Number(q, "category")),
		Inactive: q.Get("inactive") == "true", Limit: 500}
	file := api.File(r, "products", "code", "product", "spec", "unit", "price", "tax_percent", "bin",
		"barcode", "active")
	next := func(after catalogue.Cursor) ([]catalogue.Product, *catalogue.Cursor, error) {
		f.After = after
		return m.s.Products(r.Context(), f)
	}
	return sheet.ServePages(w, file, next, func(p catalogue.Product) []any {
		active := "no"
		if p.Active {
			active = "yes"
		}
		return []any{p.Code, p.Name, p.Spec, p.Unit, p.Price.String(),
			float64(p.TaxBP) / 100, p.Bin, p.Barcode, api.Word(api.Language(r), active)}
	})
}
