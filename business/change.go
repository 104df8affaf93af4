package business

import "context"

// Change is what one command did to one object, as the audit trail keeps it.
type Change struct {
	Action string // "crm.customer.created": schema, object, past participle
	Object string // kind of the object, e.g. "customer"
	ID     int64  // its id
	Before any    // marshalled to JSON; nil for a creation
	After  any    // marshalled to JSON; nil for a deletion

	// Person says whose personal values Before and After hold; they become
	// unreadable when that person is erased. 0: nobody's, or, for the object
	// "person", the object itself.
	Person PersonID
}

// Origin is where a command came from. It travels in the context because no rule
// depends on it: only the audit trail reads it.
type Origin struct {
	Address string // IP address of the sender, without port
	Request string // request id, as in the answer's X-Request-Id
	Agent   string // User-Agent, at most 300 bytes
}

type originKey struct{}

// WithOrigin returns a context that carries o.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns the origin of the request; the zero value for jobs and tests.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
