package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func streamCommand(c *cli) *cobra.Command {
	o := app.NodeOptions{}
	cmd := &cobra.Command{
		Use:   "stream",
		Short: "Run one machine of a cluster that holds the positions",
		Long: "Run one machine of a cluster that holds the positions until they are in the database.\n" +
			"Three of them hold every position thrice and go on when any one is lost; servers find\n" +
			"them by --nats-url nats://TOKEN@host1:4222,nats://TOKEN@host2:4222,… The token is read\n" +
			"from BEATPLAN_STREAM_TOKEN. What goes between machines is not encrypted: keep it within a\n" +
			"private network, or run NATS servers of your own with TLS.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Token = os.Getenv("BEATPLAN_STREAM_TOKEN")
			o.Dir, o.SyncAlways = filepath.Join(c.config.Data, "stream"), c.config.SyncAlways
			return app.RunNode(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	name, err := os.Hostname()
	if err != nil {
		name = "node"
	}
	cmd.Flags().StringVar(&o.Name, "name", name, "of this machine, unique within the cluster")
	cmd.Flags().StringVar(&o.Listen, "address", "127.0.0.1:4222", "host:port for the servers")
	cmd.Flags().StringVar(&o.Cluster, "cluster", "", "host:port for the other machines; empty: it is alone")
	cmd.Flags().StringSliceVar(&o.Routes, "routes", nil, "host:port of every machine's --cluster")
	return cmd
}
