package catalogue

import (
	"time"

	"beatplan/business"
	"beatplan/internal/idem"
)

// Product is one thing that is sold.
type Product struct {
	ID       business.ProductID  `db:"id"`
	Code     string              `db:"code"`
	Name     string              `db:"name"`
	Spec     string              `db:"spec"` // "550 ml × 24"
	Unit     string              `db:"unit"` // "箱"
	Decimals int                 `db:"decimals"`
	Category business.CategoryID `db:"category_id"` // 0: none
	Bin      string              `db:"bin"`         // where it lies in the warehouse
	Barcode  string              `db:"barcode"`
	Price    business.Money      `db:"price_cents"` // tax included
	PricedAt time.Time           `db:"priced_at"`
	TaxBP    int                 `db:"tax_bp"` // basis points; 1300 is 13 %
	Active   bool                `db:"active"`
	Version  int64               `db:"version"`
}

// Fields are what somebody says of a product.
type Fields struct {
	Name     string
	Spec     string
	Unit     string
	Decimals int // of quantities, 0 to 3
	Category business.CategoryID
	Bin      string
	Barcode  string
	Price    business.Money
	TaxBP    int
	Active   bool
}

// Category is a node of the tree of products.
type Category struct {
	ID       business.CategoryID `db:"id"`
	Parent   business.CategoryID `db:"parent_id"` // 0: none
	Name     string              `db:"name"`
	Prefix   string              `db:"prefix"`
	Version  int64               `db:"version"`
	Own      int64               `db:"own"`      // products in it
	Products int64               `db:"products"` // in it and below
}

// By is who gives a command, and the command's key.
type By struct {
	Actor business.Actor
	Key   idem.Key
}

// Filter says which products to list.
type Filter struct {
	Words    string // every word must occur in code, name, specification or barcode
	Category business.CategoryID
	Inactive bool // these too
	Limit    int
	After    Cursor
}

// Cursor is the sort key of a row.
type Cursor struct {
	Name string             `json:"n"`
	ID   business.ProductID `json:"i"`
}

// Fault is what is wrong with a row of an import.
type Fault struct {
	Line    int    `json:"line"`
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Imported is what became of an import.
type Imported struct {
	Rows    int     `json:"rows"`
	Created int     `json:"created"`
	Faults  []Fault `json:"faults"` // the first 500
	Refused int     `json:"refused"`
}
