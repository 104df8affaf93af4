package app

import (
	"context"
	"fmt"
	"io"

	"beatplan/internal/stream"
)

// NodeOptions say which machine of a cluster holds positions, and where.
type NodeOptions = stream.NodeOptions

// RunNode runs one machine of a cluster that holds positions until ctx ends.
func RunNode(ctx context.Context, o NodeOptions, out io.Writer) error {
	node, err := stream.StartNode(o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The stream's node %s answers on %s\n", o.Name, o.Listen)
	node.Wait(ctx)
	return nil
}
