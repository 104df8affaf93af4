package api

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const schemaPrefix = "#/components/schemas/"

// registry names and keeps the schemas of Go types. It differs from huma's own in
// three ways that generated clients feel: a list is never null, a pointer to an
// object or to a position may be null, and two types of one name in different
// packages get different names instead of a panic.
type registry struct {
	schemas map[string]*huma.Schema
	types   map[string]reflect.Type
	names   map[reflect.Type]string
	aliases map[reflect.Type]reflect.Type
}

func newRegistry() *registry {
	r := &registry{
		schemas: map[string]*huma.Schema{}, types: map[string]reflect.Type{},
		names: map[reflect.Type]string{}, aliases: map[reflect.Type]reflect.Type{},
	}
	r.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return r
}

// Schema returns the schema of t, or a reference to it.
func (r *registry) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	pointer := t.Kind() == reflect.Pointer
	base := t
	for base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	if alias, ok := r.aliases[base]; ok {
		return r.Schema(alias, allowRef, hint)
	}
	if !isObject(base) {
		return r.plain(t, base, pointer)
	}
	name := r.name(base, hint)
	if _, ok := r.schemas[name]; !ok {
		r.schemas[name] = &huma.Schema{} // so that a recursive type finds itself
		r.schemas[name] = huma.SchemaFromType(r, base)
	}
	if !allowRef {
		return r.schemas[name]
	}
	ref := &huma.Schema{Ref: schemaPrefix + name}
	if pointer {
		return orNull(ref)
	}
	return ref
}

// plain is the schema of what is no object: scalars, lists, maps, positions.
func (r *registry) plain(t, base reflect.Type, pointer bool) *huma.Schema {
	list := base.Kind() == reflect.Slice || base.Kind() == reflect.Array
	if list {
		t = base
	}
	s := huma.SchemaFromType(r, t)
	if s != nil && list && s.Type == huma.TypeArray {
		s.Nullable = pointer
	}
	return s
}

// orNull is s or null. Type and enum both say null because the validator looks at
// the enum and clients at the type.
func orNull(s *huma.Schema) *huma.Schema {
	null := &huma.Schema{Type: "null", Enum: []any{nil}}
	null.PrecomputeMessages()
	return &huma.Schema{AnyOf: []*huma.Schema{s, null}}
}

func isObject(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[json.RawMessage]() {
		return false
	}
	if t.PkgPath() == "time" || t.PkgPath() == "net/url" {
		return false
	}
	p := reflect.PointerTo(t)
	return !p.Implements(reflect.TypeFor[huma.SchemaProvider]()) &&
		!p.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]())
}

// name gives t a name that no other type has; the first comer gets the short one.
func (r *registry) name(t reflect.Type, hint string) string {
	if n, ok := r.names[t]; ok {
		return n
	}
	short := huma.DefaultSchemaNamer(t, hint)
	n := short
	if _, taken := r.types[n]; taken && t.PkgPath() != "" {
		pkg := strings.TrimSuffix(t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:], "api")
		n = strings.ToUpper(pkg[:1]) + pkg[1:] + short
	}
	// Types without a name of their own, and the rare third comer, are numbered.
	for i := 2; r.types[n] != nil; i++ {
		n = fmt.Sprintf("%s%d", short, i)
	}
	r.names[t], r.types[n] = n, t
	return n
}

// SchemaFromRef returns the schema behind a reference, nil for a foreign one.
func (r *registry) SchemaFromRef(ref string) *huma.Schema {
	name, ok := strings.CutPrefix(ref, schemaPrefix)
	if !ok {
		return nil
	}
	return r.schemas[name]
}

// TypeFromRef returns the Go type behind a reference.
func (r *registry) TypeFromRef(ref string) reflect.Type {
	return r.types[strings.TrimPrefix(ref, schemaPrefix)]
}

// Map returns all schemas by name.
func (r *registry) Map() map[string]*huma.Schema { return r.schemas }

// RegisterTypeAlias makes alias stand for t.
func (r *registry) RegisterTypeAlias(t, alias reflect.Type) { r.aliases[t] = alias }

// MarshalJSON writes the schemas by name.
func (r *registry) MarshalJSON() ([]byte, error) { return json.Marshal(r.schemas) }

func (a *API) problemSchema() *huma.Schema {
	return a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
}

// Optional is a field of a PATCH body: absent, null or a value.
type Optional[T any] struct {
	Set   bool // the field was sent
	Null  bool // and it was null
	Value T
}

// UnmarshalJSON records that the field was sent.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Set, o.Null = true, string(b) == "null"
	if o.Null {
		return nil
	}
	return json.Unmarshal(b, &o.Value)
}

// MarshalJSON writes the value, or null.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.Set || o.Null {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// Pointer returns nil for absent and null, else a pointer to the value.
func (o Optional[T]) Pointer() *T {
	if !o.Set || o.Null {
		return nil
	}
	return &o.Value
}

// Schema says: T or null.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	s := r.Schema(t, true, t.Name())
	if s.Ref != "" {
		return orNull(s)
	}
	s.Nullable = true
	return s
}

// jsonFormat reads strictly one value and writes without HTML escapes.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(v)
		},
		Unmarshal: json.Unmarshal,
	}
}
