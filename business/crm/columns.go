package crm

import (
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/geo"
	"beatplan/geo/datum"
	"beatplan/internal/fail"
	"beatplan/internal/sheet"
)

// Column is one column of the template: a field of a customer and the headings
// by which a file names it.
type Column struct {
	Field   string // as in the API
	Heading string // of template and export
	Chinese string
	Also    []string // other headings that mean the same, folded
	Example string
	Help    string
}

// Columns are the columns of template and export, in order.
func Columns() []Column {
	return []Column{
		{"number", "Number", "编号", []string{"no", "no.", "customer number", "code", "客户编号", "客户编码", "编码"},
			"", "Your own number. Empty: the next one is given."},
		{"name", "Name", "名称", []string{"customer", "customer name", "shop", "客户", "客户名称", "店名", "门店名称"},
			"Dover Bakery", "Required, at most 200 characters."},
		{"kind", "Kind", "类型", []string{"type", "category", "客户类型", "分类"},
			"shop/bakery", "a–z, 0–9 and _, levels separated by /. Empty: other."},
		{"level", "Level", "等级", []string{"grade", "class", "客户等级", "级别"}, "B", "A, B or C. Empty: C."},
		{"status", "Status", "状态", []string{"state", "客户状态"}, "active",
			"prospect, active, dormant or lost. Empty: prospect."},
		{"owner", "Owner", "负责人", []string{"salesperson", "owner name", "业务员", "销售员", "客户经理"}, "",
			"Name or id of a salesperson. Empty: nobody; your own customers when you are one."},
		{"longitude", "Longitude", "经度", []string{"lon", "lng", "long", "x"}, "-75.5244",
			"Degrees, in the datum that you choose when importing. Empty: the first visit finds it."},
		{"latitude", "Latitude", "纬度", []string{"lat", "y"}, "39.1582", "Degrees."},
		{"district", "District", "区县", []string{"county", "region", "area", "区域", "地区", "区"}, "Kent", ""},
		{"address", "Address", "地址", []string{"street", "customer address", "客户地址", "详细地址"},
			"12 Loockerman St", "Tells customers of one name apart."},
		{"phone", "Phone", "电话", []string{"telephone", "tel", "mobile", "联系电话", "手机", "手机号"},
			"302-555-0100", ""},
		{"licence", "Licence", "执照号", []string{"license", "tax number", "vat", "统一社会信用代码", "税号"}, "",
			"Business licence or tax number; unique."},
		{"opening_hours", "Opening hours", "营业时间", []string{"hours", "opening_hours"},
			"Mo-Fr 09:00-18:00; Sa 10:00-14:00", "OpenStreetMap's notation. Empty: always open."},
		{"visit_every_days", "Visit every days", "拜访周期", []string{"cycle", "visit interval", "拜访频率", "周期"},
			"14", "Whole days, 1 to 366. Empty: no visits are planned."},
		{"service_minutes", "Service minutes", "拜访时长", []string{"minutes", "duration", "服务时长"}, "20",
			"How long a visit takes. Empty: 20."},
		{"building", "Building", "楼栋门牌", []string{"door", "floor", "unit", "门牌号", "楼号"}, "Unit 4",
			"Building, floor, door."},
		{"contact", "Contact", "联系人", []string{"contact person", "contact name", "主要联系人"}, "Mr Wu",
			"Name of the main contact."},
		{"stage", "Stage", "跟进阶段", []string{"follow-up stage", "阶段"}, "new",
			"new, contacted, interested, negotiating, won or given_up. Empty: new."},
		{"channel", "Source", "客户来源", []string{"channel", "lead source", "来源"}, "Fair",
			"How the customer came to you."},
		{"tags", "Tags", "标签", []string{"labels"}, "bread;morning", "Separated by ; or ,"},
	}
}

// Mapping says which column of a file, from 0, holds which field. A field that is
// not named is not in the file.
type Mapping map[string]int

// Suggest finds the fields of headings by their names.
func Suggest(headings []string) Mapping {
	m := Mapping{}
	for _, c := range Columns() {
		names := append([]string{fold(c.Field), fold(c.Heading), c.Chinese}, c.Also...)
		at := slices.IndexFunc(headings, func(h string) bool {
			h = fold(strings.TrimRight(h, "*： :"))
			return slices.Contains(names, h)
		})
		if at >= 0 {
			m[c.Field] = at
		}
	}
	return m
}

// check refuses a mapping that names unknown fields or columns, or no name.
func (m Mapping) check(headings []string) error {
	e := *ErrInvalid
	for field, at := range m {
		known := slices.ContainsFunc(Columns(), func(c Column) bool { return c.Field == field })
		if !known || at < 0 || at >= len(headings) {
			e.Fields = append(e.Fields, fail.Field{Path: "columns." + field, Code: "choice",
				Message: "There is no such field or column."})
		}
	}
	if _, ok := m["name"]; !ok {
		e.Fields = append(e.Fields, fail.Field{Path: "columns.name", Code: "required",
			Message: "One column must hold the name."})
	}
	if _, lon := m["longitude"]; lon {
		if _, lat := m["latitude"]; !lat {
			e.Fields = append(e.Fields, fail.Field{Path: "columns.latitude", Code: "required",
				Message: "A longitude needs a latitude."})
		}
	}
	if len(e.Fields) > 0 {
		return &e
	}
	return nil
}

// Fault is what is wrong with one cell, or with a row as a whole.
type Fault struct {
	Line    int    `db:"line"`    // in the file, from 1
	Heading string `db:"heading"` // of the column; "" for the row
	Field   string `db:"field"`
	Code    string `db:"code"`
	Message string `db:"message"`
	Value   string `db:"value"` // at most 200 characters
}

// reader makes customers of rows.
type reader struct {
	mapping  Mapping
	headings []string
	datum    datum.Datum
	swap     bool // longitude and latitude stand in each other's column
	owners   map[string]business.PersonID
	self     business.PersonID // whose every row is; 0: as the rows say
	area     *geo.Box          // where customers are expected; nil: unknown
}

// candidate is a row that could be read.
type candidate struct {
	line int
	in   NewCustomer
}

// cellReader reads the cells of one row and collects faults.
type cellReader struct {
	*reader
	row    sheet.Row
	faults []Fault
}

func (c *cellReader) cell(field string) string {
	at, ok := c.mapping[field]
	if !ok {
		return ""
	}
	return c.row.Cell(at)
}

func (c *cellReader) fault(field, code, message string) {
	f := Fault{Line: c.row.Line, Field: field, Code: code, Message: message, Value: clip(c.cell(field))}
	if at, ok := c.mapping[field]; ok && at < len(c.headings) {
		f.Heading = c.headings[at]
	}
	c.faults = append(c.faults, f)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200])
	}
	return s
}

// read makes a customer of a row, or says what is wrong with it.
func (r *reader) read(row sheet.Row) (candidate, []Fault) {
	c := &cellReader{reader: r, row: row}
	in := NewCustomer{
		Number: c.cell("number"), Name: c.cell("name"), Kind: c.kind(),
		Level: Level(strings.ToUpper(c.cell("level"))), Status: c.status(), Owner: c.owner(),
		District: c.cell("district"), Address: c.cell("address"), Phone: c.cell("phone"),
		Licence: c.cell("licence"), VisitEveryDays: c.whole("visit_every_days"),
		ServiceMinutes: c.whole("service_minutes"), Tags: c.tags(), Pin: c.pin(),
		Building: c.cell("building"), Stage: Stage(fold(c.cell("stage"))), Channel: c.cell("channel"),
	}
	if name := c.cell("contact"); name != "" {
		in.Contacts = []Contact{{Name: name}}
	}
	if in.Level == "" {
		in.Level = C
	}
	hours, ok := ParseHours(c.cell("opening_hours"))
	if !ok {
		c.fault("opening_hours", "format", "Opening hours look like Mo-Fr 09:00-18:00; Sa 10:00-14:00.")
	}
	in.Hours = hours
	return candidate{row.Line, in}, c.faults
}

func (c *cellReader) kind() string {
	text := c.cell("kind")
	if text == "" {
		return "other"
	}
	kind := KindOf(text)
	if kind == "other" && fold(text) != "other" {
		c.fault("kind", "format", "A kind is made of a–z, 0–9 and _, with / between levels.")
	}
	return kind
}

func (c *cellReader) status() Status {
	switch text := fold(c.cell("status")); text {
	case "潜在", "意向":
		return Prospect
	case "成交", "活跃", "正常":
		return Active
	case "休眠", "沉默":
		return Dormant
	case "流失":
		return Lost
	default:
		return Status(text)
	}
}

func (c *cellReader) owner() business.PersonID {
	text := fold(c.cell("owner"))
	if text == "" {
		return c.self
	}
	id, ok := c.owners[text]
	if !ok || c.self != 0 && id != c.self {
		c.fault("owner", "unknown", "There is no salesperson of this name, or there are several.")
	}
	return id
}

func (c *cellReader) whole(field string) int {
	text := c.cell(field)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, ".0"))
	if err != nil || n < 1 {
		c.fault(field, "format", "Expected a whole number from 1.")
		return 0
	}
	return n
}

func (c *cellReader) tags() []string {
	var out []string
	for _, t := range strings.FieldsFunc(c.cell("tags"), func(r rune) bool {
		return strings.ContainsRune(",;，；、", r)
	}) {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// pin reads the position. Absent coordinates, and 0, 0, are no position; swapped
// ones are refused, because a wrong pin is worse than none.
func (c *cellReader) pin() *Pin {
	lon, lat := c.cell("longitude"), c.cell("latitude")
	if lon == "" && lat == "" {
		return nil
	}
	x, okX := degrees(lon)
	y, okY := degrees(lat)
	for field, ok := range map[string]bool{"longitude": okX, "latitude": okY} {
		if !ok {
			c.fault(field, "format", "Expected degrees like 116.3913.")
		}
	}
	if !okX || !okY {
		return nil
	}
	if c.swap {
		x, y = y, x
	}
	if x == 0 && y == 0 {
		return nil
	}
	switch p := (orb.Point{x, y}); c.judge(p) {
	case plausible, far:
		return &Pin{Point: p, Datum: c.datum, Source: FromImport}
	case swapped:
		c.fault("latitude", "swapped", "Longitude and latitude seem to be swapped.")
	case nowhere:
		c.fault("latitude", "range", "This position is not on the globe.")
	}
	return nil
}

// degrees reads a decimal number, also with a decimal comma or a degree sign.
func degrees(s string) (float64, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "°")
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && x-x == 0 // neither infinite nor NaN
}

// verdict says what a position looks like.
type verdict int

const (
	plausible verdict = iota
	far               // on the globe, but away from all customers
	swapped           // plausible the other way round only
	nowhere           // not on the globe
)

func (r *reader) judge(p orb.Point) verdict {
	turned := orb.Point{p[1], p[0]}
	switch {
	case !geo.Valid(p) && geo.Valid(turned):
		return swapped
	case !geo.Valid(p):
		return nowhere
	case r.area == nil || r.area.Contains(p):
		return plausible
	case geo.Valid(turned) && r.area.Contains(turned):
		return swapped
	}
	return far
}
