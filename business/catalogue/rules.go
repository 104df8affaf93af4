package catalogue

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"beatplan/internal/fail"
)

const (
	maxPrice    = 1_000_000_000 // minor units
	maxTax      = 5000
	plainPrefix = "P" // of the codes of products without a category
)

// fold makes texts comparable.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

func searchText(code string, f Fields) string {
	return fold(code) + "\n" + fold(f.Name) + "\n" + fold(f.Spec) + "\n" + fold(f.Barcode)
}

func tidy(f Fields) Fields {
	f.Name, f.Spec = strings.TrimSpace(f.Name), strings.TrimSpace(f.Spec)
	f.Unit, f.Bin = strings.TrimSpace(f.Unit), strings.TrimSpace(f.Bin)
	f.Barcode = strings.TrimSpace(f.Barcode)
	return f
}

// check reports every fault of a product's fields at once.
func check(f Fields) error {
	e := ErrInvalid
	bad := func(is bool, path, code, message string) {
		if is {
			e = e.WithField(path, code, message)
		}
	}
	n := utf8.RuneCountInString
	bad(f.Name == "" || n(f.Name) > 200, "name", "length", "The name needs 1 to 200 characters.")
	bad(n(f.Spec) > 200, "spec", "length", "The specification has at most 200 characters.")
	bad(f.Unit == "" || n(f.Unit) > 20, "unit", "length", "The unit needs 1 to 20 characters.")
	bad(n(f.Bin) > 40, "bin", "length", "The bin has at most 40 characters.")
	bad(n(f.Barcode) > 40, "barcode", "length", "The barcode has at most 40 characters.")
	bad(f.Decimals < 0 || f.Decimals > 3, "decimals", "range", "A quantity has 0 to 3 decimals.")
	bad(f.Price < 0 || f.Price > maxPrice, "price_cents", "range",
		"The price lies between 0 and 10,000,000.00.")
	bad(f.TaxBP < 0 || f.TaxBP > maxTax, "tax_bp", "range", "The tax lies between 0 and 50 %.")
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

func checkCategory(name, prefix string) error {
	e := ErrInvalid.Saying("The category has faults.")
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		e = e.WithField("name", "length", "The name needs 1 to 100 characters.")
	}
	if len(prefix) < 1 || len(prefix) > 6 || strings.Trim(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		e = e.WithField("prefix", "pattern", "The prefix is 1 to 6 capital letters.")
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// column finds which field a heading names; "" when none.
func column(heading string) string {
	switch fold(heading) {
	case "name", "名称", "商品名称", "产品名称":
		return "name"
	case "spec", "specification", "规格":
		return "spec"
	case "unit", "单位":
		return "unit"
	case "decimals", "小数位":
		return "decimals"
	case "category", "分类", "类别":
		return "category"
	case "bin", "货位":
		return "bin"
	case "barcode", "条码":
		return "barcode"
	case "price", "list price", "价格", "单价", "含税单价":
		return "price"
	case "tax", "tax %", "税率", "税率%":
		return "tax"
	}
	return ""
}

// faultsOf turns a refusal into the faults of one line.
func faultsOf(line int, err error) []Fault {
	e := fail.As(err)
	if e == nil {
		return nil
	}
	if len(e.Fields) == 0 {
		return []Fault{{line, "", e.Code, e.Message}}
	}
	out := make([]Fault, len(e.Fields))
	for i, f := range e.Fields {
		out[i] = Fault{line, f.Path, f.Code, f.Message}
	}
	return out
}
