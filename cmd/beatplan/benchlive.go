package main

import (
	"os"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchLiveCommand() *cobra.Command {
	var o app.LiveOptions
	cmd := &cobra.Command{
		Use: "live", Short: "Measure positions, trajectories and dispatch", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchLive(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&o.Extract, "osm", os.Getenv("BEATPLAN_OSM"), "extract of the dispatch's roads")
	cmd.Flags().BoolVar(&o.Quick, "quick", false, "fewer repetitions, same size")
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "parts: nearest, million, moving, http, "+
		"sending, storage, stays, fences, dispatch, kill; all when none is named")
	return cmd
}

func benchKillCommand() *cobra.Command {
	o := app.KillOptions{}
	cmd := &cobra.Command{
		Use: "kill", Short: "Kill every process that positions go through, and count what is lost",
		Long: "Kill (SIGKILL) in turn a server with its own stream and its database, then the machines of a\n" +
			"cluster of three, two servers and their database, all while devices send. Count the fixes\n" +
			"that were acknowledged and are gone.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchKill(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&o.Alone, "alone", 10, "kills of one machine")
	cmd.Flags().IntVar(&o.Cluster, "cluster", 10, "kills of a cluster")
	return cmd
}
