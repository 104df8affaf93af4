package app

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
)

// BenchPage serves a private company of so many customers until ctx ends, for a browser
// that measures its page: it writes the address and the cookie of its administrator,
// and where most customers are, a line each.
func BenchPage(ctx context.Context, customers int, out io.Writer) error {
	a, end, err := benchOpen(ctx, func(o *Options) {
		o.Demo, o.Config.Listen = true, "127.0.0.1:0"
	})
	if err != nil {
		return err
	}
	defer end()
	b := &benchMap{App: a, random: rand.New(rand.NewPCG(300, 1)), out: out, customers: customers}
	if err := b.fill(ctx); err != nil {
		return err
	}
	if err := b.Index.Rebuild(ctx); err != nil {
		return err
	}
	h, err := b.listenForLoad(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	fmt.Fprintf(out, "address http://%s\ncookie %s\nplace %.4f,%.4f\n",
		h.address, h.cookie, b.places[0][0], b.places[0][1])
	<-ctx.Done()
	return nil
}
